"""The local stack: embedded Redis, sandbox, web and worker on one machine. None of it is for production."""
