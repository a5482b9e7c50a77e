"""Fit the answerer's weights (libs/answering/src/answering/scoring/weights.json).

    python tests/evals/fit_answering.py DATA_DIR [--report]

From the half of the public questions that may be tuned on (cli/src/cli/eval/harness/halves.py):
DATA_DIR/screen-qa, abstain-clapnq, rag-productdocs, rag-chunking. `choose` is a listwise softmax
over the candidates of a question that has an answer, `trust` a logistic regression on the first
candidate of every question; both are held near `PRIOR`, which speaks where the data do not.
"""
