"""The only package with Piccolo and SQL: tables, migrations, one repository for each concern."""
