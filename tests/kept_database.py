"""A PostgreSQL database that one test after the other finds as the migrations left it.

Making one for each test takes longer than most tests. So rows are taken out again after each, the first ones put back
and numbers begin anew; whatever a test does to tables or triggers is noticed, and another database takes its place.
"""

from itertools import count

import psycopg

from tests.services import Postgresql

MOST_TESTS = 50
"""Rows that are gone still take space, and would slow down what comes later."""

_numbers = count(1)
_TABLES = "SELECT format('%I', tablename) FROM pg_tables WHERE schemaname = 'public'"
_NOTE_CHANGES = """
CREATE SCHEMA kept;
CREATE TABLE kept.numbers AS
  SELECT format('public.%I', sequencename)::regclass AS sequence, coalesce(last_value, start_value) AS value,
    last_value IS NOT NULL AS is_taken
  FROM pg_sequences WHERE schemaname = 'public';
CREATE TABLE kept.changes (made text);
CREATE FUNCTION kept.note() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO kept.changes VALUES (tg_tag);
END $$;
"""
_RESTORE = """
CREATE FUNCTION kept.restore() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM kept.changes) THEN
    RETURN false;
  END IF;
  PERFORM set_config('session_replication_role', 'replica', true);  -- no trigger and no foreign key has a say
  {deletes}
  {inserts}
  PERFORM setval(sequence, value, is_taken) FROM kept.numbers
    WHERE pg_sequence_last_value(sequence) IS DISTINCT FROM CASE WHEN is_taken THEN value END;
  RETURN true;
END $$;
CREATE EVENT TRIGGER note ON ddl_command_end EXECUTE FUNCTION kept.note();
"""


class KeptDatabase:
    """Copies of a template, one at a time."""

    def __init__(self, cluster: Postgresql, template: str) -> None:
        self._cluster, self._template = cluster, template
        self._name: str | None = None
        self._line: psycopg.Connection | None = None
        self._tests = 0

    def uri(self) -> str:
        """Where a database is that has what the migrations put there and nothing else."""
        if self._name is None:
            self._name, self._tests = f"test_{next(_numbers)}", 0
            self._cluster.create(self._name, template=self._template)
            address = f"host={self._cluster.socket_folder} port={self._cluster.port} user=portal dbname={self._name}"
            self._line = psycopg.connect(address, autocommit=True)
            _look_after(self._line)
        return self._cluster.uri(self._name)

    def restore(self) -> None:
        """Have the next test find it as this one did, whoever is still connected."""
        self._tests += 1
        if self._tests >= MOST_TESTS or not self._is_restored():
            self.drop()

    def drop(self) -> None:
        if self._line is not None:
            self._line.close()
        if self._name is not None:
            self._cluster.drop(self._name)
        self._name = self._line = None

    def _is_restored(self) -> bool:
        assert self._line is not None
        try:
            self._line.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            [is_restored] = self._line.execute("SELECT kept.restore()").fetchone() or [False]
        except psycopg.OperationalError:
            return False  # a test had everybody thrown out
        return bool(is_restored)


def _look_after(line: psycopg.Connection) -> None:
    tables = [str(name) for (name,) in line.execute(_TABLES.encode())]
    line.execute(_NOTE_CHANGES.encode())
    inserts = []
    for table in tables:
        if line.execute(f"SELECT FROM public.{table} LIMIT 1".encode()).rowcount:
            line.execute(f"CREATE TABLE kept.{table} AS TABLE public.{table}".encode())
            inserts.append(f"INSERT INTO public.{table} OVERRIDING SYSTEM VALUE TABLE kept.{table};")
    deletes = [f"DELETE FROM public.{table};" for table in tables]
    line.execute(_RESTORE.format(deletes="\n  ".join(deletes), inserts="\n  ".join(inserts)).encode())
