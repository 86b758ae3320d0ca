"""The supervisor behind `./demo` and `./test`: embedded PostgreSQL and Redis, web, worker, beat."""
