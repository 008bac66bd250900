from odoo.tools import SQL


def uninstall_hook(env):
    """Empty our own tables, which hold on to each other, and nobody else's.

    Odoo takes away records before tables, and some of ours refuse to go while others
    point at them. Tables of others (another addon, a field made by hand) may point at
    us as well: what they hold stays, it only points at nothing any more.
    """
    env.flush_all()
    ours = _own_tables(env)
    _let_go(env, ours)
    # Without CASCADE: PostgreSQL refuses rather than empty a table that is not named.
    env.cr.execute(
        SQL("TRUNCATE %s", SQL(", ").join(SQL.identifier(table) for table in ours))
    )
    # Settings made by hand belong to no data file: Odoo would keep them, secrets too.
    env.cr.execute("DELETE FROM ir_config_parameter WHERE key LIKE 'timetable\\_nep.%'")
    env.invalidate_all(flush=False)


def _own_tables(env):
    """Tables that this addon has made: those of its models and of their relations."""
    names = {
        model._table
        for model in env.values()
        if model._original_module == "timetable_nep" and not model._abstract
    }
    names |= {
        row.name
        for row in env["ir.model.relation"]
        .sudo()
        .search([("module.name", "=", "timetable_nep")])
    }
    rows = env.execute_query(
        SQL(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relname = ANY(%s) "
            "AND relnamespace = current_schema::regnamespace ORDER BY relname",
            list(names),
        )
    )
    return [name for (name,) in rows]


def _let_go(env, ours):
    """Take the foreign keys of others off our tables, and forget what they point at.

    Whatever such a key says (set null, cascade, restrict), no row of theirs is deleted,
    but for mere pairs in a relation's table. A column that must not be empty keeps its
    number, as it does when Odoo drops a table.
    """
    rows = env.execute_query(
        SQL(
            """
            SELECT f.relname, c.conname, a.attname, a.attnotnull,
                   EXISTS (SELECT 1 FROM pg_attribute i
                            WHERE i.attrelid = f.oid AND i.attname = 'id')
              FROM pg_constraint c
              JOIN pg_class f ON f.oid = c.conrelid
              JOIN pg_class o ON o.oid = c.confrelid
              JOIN pg_attribute a ON a.attrelid = f.oid AND a.attnum = c.conkey[1]
             WHERE c.contype = 'f' AND f.relname != ALL(%(ours)s)
               AND o.relname = ANY(%(ours)s)
               AND o.relnamespace = current_schema::regnamespace
             ORDER BY f.relname, c.conname
            """,
            ours=ours,
        )
    )
    for table, constraint, column, required, has_id in rows:
        names = {"table": SQL.identifier(table), "column": SQL.identifier(column)}
        env.cr.execute(
            SQL(
                "ALTER TABLE %s DROP CONSTRAINT %s",
                names["table"],
                SQL.identifier(constraint),
            )
        )
        if not has_id:
            env.cr.execute(
                SQL("DELETE FROM %(table)s WHERE %(column)s IS NOT NULL", **names)
            )
        elif not required:
            env.cr.execute(
                SQL(
                    "UPDATE %(table)s SET %(column)s = NULL "
                    "WHERE %(column)s IS NOT NULL",
                    **names,
                )
            )
