from tests.postgres import postgres, team

__all__ = ["postgres", "team"]
