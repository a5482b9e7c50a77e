from contracts.http import DocumentText, FoundText, TextQuery
from rag.ports.searching import Texts


async def read_document(query: TextQuery, *, texts: Texts) -> FoundText:
    found = await texts.page_at(query.tenant_id, query.document_id, query.at)
    if found is None:
        return FoundText(found=None)
    return FoundText(
        found=DocumentText(
            document_id=query.document_id,
            document=found.document,
            page=found.page,
            pages=found.pages,
            start=found.start,
            text=found.text,
            heading=found.heading,
        )
    )
