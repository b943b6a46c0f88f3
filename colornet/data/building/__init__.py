"""A build of records: its plan, its workers, its manifest."""
