"""Every tuned number of the search, with the measurement that chose it."""

EVERY = 3000  # items; of fewer each is a candidate
CANDIDATES = 200  # of more items the best by vectors, by words, by theme links, by names
ALIGNED = 100  # the best candidates, which are aligned with the question and may answer
ALIGNED_SENTENCES = 4  # of an item, those nearest in meaning; with 8 nothing is ranked better (.912 for .913)
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
    "zh": (6.126, 8.261, 1.874, 1.743, 2.458, 0.391, 7.914),
    "en": (5.840, 7.149, 0.611, 2.441, 2.236, 0.354, 11.972),
}

# Logistic: whether the question has an answer here, from the best item's strength, its distance to the next five, its
# words, alignment and cover, the pieces of the question, and a bias.
GATE: dict[str, tuple[float, ...]] = {
    "zh": (0.417, 0.168, 1.222, 1.480, 2.952, 0.765, -8.728),
    "en": (0.659, 0.462, 16.722, 4.285, 0.026, 0.703, -11.954),
}
STANDING_OUT = 5

# Logistic: whether an item answers if anything does, from its strength beside the best one's (ratio, distance), its
# strength, the logarithm of its rank, its words, names, alignment and cover, the pieces of the question, and a bias.
# From the ratio alone the F1 of the answers is .66 / .66, from these .73 / .71.
BELONGING: dict[str, tuple[float, ...]] = {
    "zh": (1.796, 0.154, -0.131, -1.263, 2.504, 0.276, 5.016, 1.537, -0.062, -1.387),
    "en": (-0.567, 0.413, -0.244, -1.317, 5.852, 3.890, 12.267, 1.402, -0.036, -0.362),
}

# Where the lines are drawn. A missed answer costs more than a near miss shown: the gate silences what is plainly about
# something else. Measured on sets left out in turn (bench/calibrate.py), zh / en: at .20 / .25 some .004 / .027 of the
# questions with an answer go unanswered and .55 / .62 of those without one stay silent, near misses among them; in
# Chinese .25 would give .62 at .031. A higher line for items gains F1 and loses nDCG: at .25, with the gate at 3 %
# unanswered, F1 .73 / .70 and nDCG@10 .85 / .83, at .30 .74 / .72 and .83 / .82, at .35 .75 / .72 and .82 / .81.
ANSWERABLE = {"zh": 0.20, "en": 0.25}
BELONGS = {"zh": 0.25, "en": 0.30}
PROPER = frozenset({"Body", "Document", "Event", "Initiative"})  # classes whose names mean one thing
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

# Without a shared fact an item is related from here on. With the prototype model 95 % of 117,000 pairs of items from
# different plans lay below .327, three quarters of the pairs under one heading above .372; of another 40,000 pairs 95 %
# lay below .307 with that model and lie below .302 with the bundled one, so the line moved with them.
MEANING_ALONE = 0.32

# Candidates, strongest in meaning and names, whose themes are compared (more by the limit). Of the ten best when all
# are compared, 99.0% are among the ten best found so, and every first one (59 items of 21 plans with 353).
COMPARED = 30

# ---- comparing documents

# From here on two items that are each other's nearest (mean cosine of nearest sentences, both directions) are one,
# reworded. Measured on five pairs of documents of consecutive issues (the government work reports of 2021 to 2025, by
# paragraph, and Digital Shandong 2019 and 2021), 250 mutual pairs, of which 117 share at least .4 of their character
# pairs, and on 13 pairs of unrelated plans, 74 mutual pairs: of the 117 are kept, and of the 74 taken for one, at .48
# .991 / .122, at .50 .983 / .081, at .52 .974 / .014, at .54 .940 / 0, at .56 .915 / 0. Of the pairs below .4 read one
# by one, those from .52 on are about the same matter almost always, those below .48 often about its neighbour.
# With the cosine of whole items it is .974 / .048 at .70 and .872 / .016 at .75.
REWORDED = 0.52
