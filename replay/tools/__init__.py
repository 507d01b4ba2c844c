"""Carries out tool steps: MCP servers, HTTP requests, Python callables and operations on files, behind one Protocol."""
