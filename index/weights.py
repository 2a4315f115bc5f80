"""Every tuned number of the search, with the measurement that chose it."""

CANDIDATES = 200  # vectors and lexical hits fetched before scoring

# What an occurrence earns: count / (count + SATURATION), so that repeats add little (BM25's k1 is of the same kind).
SATURATION = 0.5

# A dictionary word counts as itself, a bigram half (each word of two characters is a bigram as well),
# a single character only where the question has nothing longer.
TOKEN_WEIGHT = {"w": 1.0, "": 0.5, "c": 1.0}

GRADE_SHARE = {2: 1.0, 1: 0.6}

# Weights of the features: sentence cosine, item cosine, words, terms, themes, names. Pairwise logistic ranking over
# the graded questions of 8 plans (60 development and 90 calibration questions, bench/calibrate.py).
RANKING: dict[str, tuple[float, ...]] = {
    "zh": (7.01, 5.80, 3.09, 2.74, 3.31, 1.16),
    "en": (7.95, 7.03, 0.24, 3.98, 4.27, 0.41),
}

# Logistic: whether the question has an answer here, from the best item's strength, its distance to the next five and a
# bias. Half of the calibration questions without an answer are near misses by design, so they weigh 0.3 in the fit.
GATE: dict[str, tuple[float, float, float]] = {"zh": (0.98, 0.66, -4.59), "en": (0.92, 1.23, -5.76)}
STANDING_OUT = 5

# Logistic: whether an item answers if anything does, from its strength relative to the best one's.
BELONGING: dict[str, tuple[float, float]] = {"zh": (9.15, -7.88), "en": (11.54, -10.69)}

# Where the lines are drawn. A missed answer costs more than a near miss shown: the lines lie below one half.
# Measured, nDCG@5 zh / en | silent where nothing answers: development .927 / .873 | 6 of 6 (one plan and four plans);
# validation (other plans, other questions) .735 / .827, near misses silent .13 / .27 (with ANSWERABLE = .5:
# .688 / .794, .40 / .27). Ranking alone, without lines: development .99 / .99, validation .855 / .886.
ANSWERABLE = 0.38
BELONGS = 0.2
NEAR = 0.05  # below this an item did not even come close
NEAR_LIMIT = 5  # near misses shown
REASONS = 3  # reasons shown without `explain`
SENTENCES = 2  # sentences quoted as evidence
WORD_BONUS = 0.25  # what a found theme, name or word adds to a sentence's cosine when the sentence to quote is chosen
