"""The desk: where a program asks for playbooks, has them replayed, and tells what it does itself (MCP over stdio)."""
