"""A question as it is searched for."""

import re

# How people address it; the name itself would count as a rare word that no document holds.
_ADDRESS = re.compile(
    r"^\W*(?:(?:hey|hi|hello|ok|okay|so|and|well)\W+)*parley\b\W*|\W+parley\W*$", re.IGNORECASE
)


def without_address(text: str) -> str:
    """The question without the name it is addressed to; itself when there is nothing else."""
    return _ADDRESS.sub("", text).strip() or text.strip()
