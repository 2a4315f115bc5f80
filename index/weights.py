"""Every tuned number of the search, with the measurement that chose it."""

EVERY = 3000  # items; of fewer each is a candidate
CANDIDATES = 200  # of more items the best by vectors, by words, by theme links, by names
ALIGNED = 100  # the best candidates, which are aligned with the question and may answer
ALIGNED_SENTENCES = 8  # of an item, those nearest in meaning
# Pieces of a question; longer ones count as this long. With 9, long questions about everyday life pass: where 3 % of
# the questions with an answer go unanswered, .31 / .75 of them stay silent (zh / en), with 6 .81 / .92.
LONG = 6

# What an occurrence earns: count / (count + SATURATION), so that repeats add little (BM25's k1 is of the same kind).
SATURATION = 0.5

# A dictionary word counts as itself, a bigram half (each word of two characters is a bigram as well),
# a single character only where the question has nothing longer.
TOKEN_WEIGHT = {"w": 1.0, "": 0.5, "c": 1.0}

GRADE_SHARE = {2: 1.0, 1: 0.6}

# Weights of the features: sentence cosine, item cosine, words, terms, themes, names, alignment. Pairwise logistic
# ranking over 777 graded questions (60 development, 717 calibration, 40 documents; bench/calibrate.py). Ranking alone,
# each set judged by weights fitted on the others, nDCG@10 zh / en: .914 / .907; without alignment .892 / .844.
RANKING: dict[str, tuple[float, ...]] = {
    "zh": (5.213, 8.735, 2.254, 2.939, 2.760, 1.569, 8.226),
    "en": (5.131, 7.387, 0.144, 2.661, 2.451, 0.495, 12.541),
}

# Logistic: whether the question has an answer here, from the best item's strength, its distance to the next five, its
# words, alignment and cover, the pieces of the question, and a bias.
GATE: dict[str, tuple[float, ...]] = {
    "zh": (0.361, 0.242, 1.481, 1.372, 2.984, 0.805, -8.451),
    "en": (0.544, 0.501, 10.828, 4.332, 0.437, 0.736, -11.543),
}
STANDING_OUT = 5

# Logistic: whether an item answers if anything does, from its strength beside the best one's (ratio, distance), its
# strength, the logarithm of its rank, its words, names, alignment and cover, the pieces of the question, and a bias.
# From the ratio alone the F1 of the answers is .66 / .66, from these .73 / .71.
BELONGING: dict[str, tuple[float, ...]] = {
    "zh": (1.291, 0.162, -0.147, -1.287, 2.935, 0.630, 4.505, 1.865, -0.092, -0.554),
    "en": (1.468, 0.322, -0.330, -1.268, 2.459, 4.044, 12.145, 1.636, -0.126, -1.010),
}

# Where the lines are drawn. A missed answer costs more than a near miss shown: the gate silences what is plainly about
# something else. Measured on sets left out in turn (bench/calibrate.py), zh / en: at .16 / .25 some .01 / .023 of the
# questions with an answer go unanswered and .4 / .63 of those without one stay silent, near misses among them; in
# Chinese .23 would give .63 at .03. The Chinese line was chosen with the development questions in view: of these all
# without an answer lie below .09, all with one above .16. A higher line for items gains little F1 and loses nDCG: at
# .25, with the gate at 3 % unanswered, F1 .71 / .70 and nDCG@10 .83 / .83, at .40 .73 / .71 and .80 / .80.
ANSWERABLE = {"zh": 0.16, "en": 0.25}
BELONGS = 0.25
NEAR = 0.05  # below this an item did not even come close
NEAR_LIMIT = 5  # near misses shown
REASONS = 3  # reasons shown without `explain`
SENTENCES = 2  # sentences quoted as evidence
WORD_BONUS = 0.25  # what a found theme, name or word adds to a sentence's cosine when the sentence to quote is chosen

# ---- related items

# Parts of the score of a related item (index/related.py), and the rarity of shared names that earns half of their part.
# Chosen on plans where people had grouped items: siblings under one heading of 11 plans (the text of a heading is no
# part of an item), and items that answer the same graded question (gold-plans and calibration, 49 items). Mean average
# precision of the three sets, cosine of the item vectors alone .464 / .451 / .363, sentences alone (meaning)
# .524 / .559 / .409, these weights .516 / .571 / .515. Kept apart: siblings in 10 other plans .461, .517, .509;
# validation questions (28 items) .358, .321, .375. From .60 / .20 / .20 to .80 / .10 / .10 the mean of the chosen three
# differs by .03: the optimum is flat.
RELATED = {"meaning": 0.70, "entity": 0.15, "theme": 0.15}
NAMES_SATURATION = 20.0

# Without a shared fact an item is related from here on: 95% of 117,000 pairs of items from different plans lie below
# (.327), three quarters of the pairs under one heading above (.372).
MEANING_ALONE = 0.33

# Candidates, strongest in meaning and names, whose themes are compared (more by the limit). Of the ten best when all
# are compared, 99.0% are among the ten best found so, and every first one (59 items of 21 plans with 353).
COMPARED = 30
