"""Documents that were indexed before their words were kept."""

from cli.provisioning.database import provision_database
from cli.provisioning.migrations import make_record, migrate, read_migrations
from cli.provisioning.roles import make_roles
from cli.provisioning.secret import service_url
from cli.provisioning.services import SERVICES
from contracts.ids import TenantId
from rag.adapters.postgres_words import PostgresWords
from rag.domain.second_look import AskedWords
from runtime.clock import SystemClock
from runtime.database import Database, connect
from runtime.ids import new_id
from support.servers import SECRET, private_postgres

RAG = next(unit for unit in SERVICES if unit.name == "rag")
WORDS = "0005_words.sql"


async def test_their_words_are_known_to_their_own_tenant_alone() -> None:
    with private_postgres() as url:
        admin = await connect(url, timeout=5)
        await make_record(admin)
        for unit in SERVICES:
            if unit.migrations is not None:
                await make_roles(admin, unit)
        await admin.execute("CREATE EXTENSION vector SCHEMA public")
        assert RAG.migrations is not None
        older = [one for one in read_migrations(RAG.migrations) if one.name < WORDS]
        await migrate(admin, RAG, older)
        for tenant_id, text in (("one", "Freight by rail"), ("two", "Cartage, cartage")):
            document_id = new_id()
            await admin.execute(
                "INSERT INTO rag.index_versions (tenant_id, model, dimension)"
                " VALUES ($1, 'm', 384)",
                tenant_id,
            )
            await admin.execute(
                "INSERT INTO rag.documents (tenant_id, document_id, name, sha256, index_id,"
                " uploaded_at, passage_count, lexeme_count)"
                " SELECT $1, $2, 'a', '', index_id, now(), 1, 2 FROM rag.index_versions"
                " WHERE tenant_id = $1",
                tenant_id,
                document_id,
            )
            await admin.execute(
                "INSERT INTO rag.passages (tenant_id, document_id, index_id, ordinal, start_char,"
                " end_char, heading, text, embedding)"
                " SELECT $1, $2, index_id, 1, 0, 1, 'Tariff', $3,"
                " array_fill(0.1, ARRAY[384])::vector FROM rag.documents WHERE tenant_id = $1",
                tenant_id,
                document_id,
                text,
            )
        await admin.close()
        await provision_database(url, SECRET)
        async with Database(service_url(url, "rag", SECRET), application="test") as database:
            words = PostgresWords(database, SystemClock())
            known = await words.asked(TenantId("one"), ["freights", "tariff", "cartage", "by"])
            assert known == AskedWords(3, frozenset({"cartage"}))
            vocabulary = await words.vocabulary(TenantId("two"))
            assert [vocabulary.word(one) for one in ("cartage", "tariff", "freight")] == [
                "cartage",
                "tariff",
                None,
            ]
