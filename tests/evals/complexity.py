"""How complex are the questions people ask of documents? The table `weighted` cuts by.

    python tests/evals/complexity.py DATA_DIR

Public questions (DATA_DIR/rag-productdocs, rag-chunking; see their READMEs), each with the nearest
five passages of its own documents, scored by `complexity_of`. Prints how many have each score, and
how long deciding where to begin took.
"""

import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np

from answering.evidence import Evidence
from cli.eval.sets.given_passages import (
    CORPORA,
    NAMES,
    nearest,
    read_chunking,
    read_product_docs,
)
from contracts.ids import TurnId
from llm_router.adapters.extractive_models import CachedMiniLm
from llm_router.adapters.read_questions import needs_of
from llm_router.domain.complexity import MOST, complexity_of
from llm_router.domain.routing import Route
from local_models.embedding import MiniLm

GIVEN = 5


def main(data: Path) -> None:
    model = CachedMiniLm(MiniLm())
    sets = [read_product_docs(data), *(read_chunking(data, corpus) for corpus in CORPORA)]
    scores: Counter[int] = Counter()
    took_ms: list[float] = []
    for passages, asked in sets:
        matrix = model.embed([passage.text for passage in passages])
        for _, question, _ in asked:
            cosines = matrix @ model.embed([question])[0]
            alike = {id(p): float(c) for p, c in zip(passages, cosines, strict=True)}
            given = tuple(
                passage.model_copy(update={"similarity": alike[id(passage)]})
                for passage in nearest(cosines, passages)[:GIVEN]
            )
            began = time.perf_counter()
            score = complexity_of(needs_of(question), Evidence(given))
            Route("hybrid").first_tier(3, score, TurnId(NAMES))
            took_ms.append((time.perf_counter() - began) * 1000)
            scores[score] += 1
    table = tuple(scores[score] for score in range(MOST + 1))
    sys.stdout.write(f"{sum(table)} questions by score: {table}\n")
    p50, p95 = np.percentile(took_ms, (50, 95))
    sys.stdout.write(f"decided in p50 {p50:.3f} ms, p95 {p95:.3f} ms\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
