"""Films that visitors bring: projects that outlive the server, and their queue."""
