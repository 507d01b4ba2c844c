"""What secrets look like, as data.

The token shapes are those that gitleaks publishes (github.com/gitleaks/gitleaks, MIT), written down anew; the rules
for assignments, headers, addresses and command lines are our own, since shapes alone miss them.
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Rule:
    """One kind of secret."""

    name: str
    """Stands in the mask."""
    pattern: re.Pattern[str]
    """Finds it."""
    group: int = 0
    """The group that is the secret; what stands around it stays readable."""
    hints: tuple[str, ...] = ()
    """A text that holds none of these isn't searched; in lower case where the pattern ignores case. None: always."""
    long: bool = False
    """Holds `LONG_RUN` letters, digits, `_`, `-` or `~` in a row: a text without such a run isn't searched."""

    @property
    def ignores_case(self) -> bool:
        """Whether its pattern does."""
        return bool(self.pattern.flags & re.IGNORECASE)


LONG_RUN = 16
"""The shortest run of token characters in any known token."""

_EDGE = r"(?![A-Za-z0-9_-])"


def _token(name: str, shape: str, *hints: str) -> Rule:
    return Rule(name, re.compile(rf"(?<![A-Za-z0-9])(?:{shape}){_EDGE}", re.ASCII), 0, hints, long=True)


TOKEN_RULES: tuple[Rule, ...] = (
    _token("aws-access-key", r"(?:A3T[A-Z0-9]|AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}", "A3T", "AKIA", "ASIA", "ABIA", "ACCA"),
    _token("github-token", r"gh[pousr]_[0-9A-Za-z]{36,255}", "ghp_", "gho_", "ghu_", "ghs_", "ghr_"),
    _token("github-fine-grained-token", r"github_pat_\w{22,255}", "github_pat_"),
    _token(
        "gitlab-token",
        r"gl(?:pat|ptt|dt|rt|cbt|agent|soat)-[\w-]{20,255}",
        "glpat-",
        "glptt-",
        "gldt-",
        "glrt-",
        "glcbt-",
        "glagent-",
        "glsoat-",
    ),
    _token("gitlab-runner-token", r"GR1348941[\w-]{20}", "GR1348941"),
    _token("slack-token", r"xox[abeoprs](?:\.xox[bp])?-[0-9A-Za-z-]{12,255}", "xox"),
    _token("slack-app-token", r"xapp-\d-[A-Z0-9]+-\d+-[a-z0-9]+", "xapp-"),
    _token(
        "slack-webhook", r"hooks\.slack\.com/(?:services|workflows|triggers)/[A-Za-z0-9+/]{43,56}", "hooks.slack.com"
    ),
    _token("stripe-key", r"[rs]k_(?:test|live|prod)_[a-zA-Z0-9]{10,99}", "_test_", "_live_", "_prod_"),
    _token("openai-key", r"sk-(?:(?:proj|svcacct|admin)-[\w-]{40,255}|[a-zA-Z0-9]{20}T3BlbkFJ[a-zA-Z0-9]{20})", "sk-"),
    _token("anthropic-key", r"sk-ant-(?:api|admin|oat)\d\d-[\w-]{80,255}", "sk-ant-"),
    _token("google-api-key", r"AIza[\w-]{35}", "AIza"),
    _token("google-oauth-token", r"ya29\.[\w-]{30,1000}", "ya29."),
    _token("google-oauth-secret", r"GOCSPX-[\w-]{28}", "GOCSPX-"),
    _token("npm-token", r"npm_[a-zA-Z0-9]{36}", "npm_"),
    _token("pypi-token", r"pypi-AgE[\w-]{50,1000}", "pypi-AgE"),
    _token("rubygems-key", r"rubygems_[a-f0-9]{48}", "rubygems_"),
    _token("crates-token", r"cio[a-zA-Z0-9]{32}", "cio"),
    _token("hugging-face-token", r"(?:hf|api_org)_[a-zA-Z]{34}", "hf_", "api_org_"),
    _token("sendgrid-key", r"SG\.[\w-]{22}\.[\w-]{43}", "SG."),
    _token("twilio-key", r"SK[0-9a-f]{32}", "SK"),
    _token("telegram-token", r"[0-9]{8,10}:AA[\w-]{33}", ":AA"),
    _token("digitalocean-token", r"do[oprt]_v1_[a-f0-9]{64}", "_v1_"),
    _token("shopify-token", r"shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}", "shp"),
    _token("databricks-token", r"dapi[a-f0-9]{32}(?:-\d)?", "dapi"),
    _token("vault-token", r"hv[sb]\.[\w-]{24,300}", "hvs.", "hvb."),
    _token("doppler-token", r"dp\.(?:pt|st|ct|sa|scim|audit)\.[\w.-]{40,80}", "dp."),
    _token("linear-key", r"lin_api_[a-zA-Z0-9]{40}", "lin_api_"),
    _token("pulumi-token", r"pul-[a-f0-9]{40}", "pul-"),
    _token("grafana-token", r"glsa_[A-Za-z0-9]{32}_[A-Fa-f0-9]{8}|glc_[A-Za-z0-9+/]{32,400}={0,3}", "glsa_", "glc_"),
    _token("postman-key", r"PMAK-[a-f0-9]{24}-[a-f0-9]{34}", "PMAK-"),
    _token("new-relic-key", r"NRAK-[A-Z0-9]{27}", "NRAK-"),
    _token("sentry-token", r"sntry[su]_[\w+/=-]{60,300}", "sntry"),
    _token("terraform-token", r"[a-zA-Z0-9]{14}\.atlasv1\.[\w=-]{60,70}", ".atlasv1."),
    _token("planetscale-token", r"pscale_(?:tkn|oauth|pw)_[\w=.-]{32,64}", "pscale_"),
    _token("age-key", r"AGE-SECRET-KEY-1[0-9A-Z]{58}", "AGE-SECRET-KEY-1"),
    _token("azure-client-secret", r"[\w~.]{3}\dQ~[\w~.-]{31,34}", "Q~"),
    _token("json-web-token", r"eyJ[\w-]{14,}\.eyJ[\w-]{14,}(?:\.[\w-]{10,})?", "eyJ"),
)
"""Tokens that tell by their shape what they are."""

_GAP = r"(?:\s|\\[rn])"
_KEY_BODY = rf"(?:{_GAP}*(?:[A-Za-z0-9+/=]{{20,}}|(?:Proc-Type|DEK-Info|Comment|Version):[^\n]*))*+"
_KEY_END = rf"(?:{_GAP}*[A-Za-z0-9+/=]*{_GAP}*-----END[ A-Z0-9_-]{{0,100}}PRIVATE KEY(?: BLOCK)?-----)"
PRIVATE_KEY = Rule(
    "private-key",
    re.compile(rf"-----BEGIN[ A-Z0-9_-]{{0,100}}PRIVATE KEY(?: BLOCK)?-----{_KEY_BODY}{_KEY_END}?", re.ASCII),
    0,
    ("PRIVATE KEY",),
)
"""A private key, or as much of one as there is; a mere mention of its first line hides nothing else."""
PRIVATE_KEY_REST = re.compile(rf"{_KEY_BODY}{_KEY_END}?", re.ASCII)
"""What continues a private key that began earlier."""

_NAME = (
    r"(?:password|passwd|passphrase|(?<![A-Za-z])pass|_pwd|secret|token|credentials?"
    r"|(?:api|access|secret|private|account|encryption|signing|auth|subscription)[_-]?key)"
)
_HINTS = ("pass", "_pwd", "secret", "token", "credential", "key")
# A reference, a placeholder or a switch is no secret, and masking it would only hide what the command does.
_REAL = (
    r"(?!\"?[$`]|[\"']?(?:\{\{|<|\[masked:|\*\*)|[\"']?(?:true|false|null|none|nil|yes|no|[01])(?![\w-])"
    r"|[\"']?[~.]{0,2}/[\w.-]+/[\w./-]*\.\w+(?!\S))"
)
_VALUE = r"([\"'])?((?(1)(?:(?!\1)[^\n])+|[^\s\"'`;&|,()<>]+))"

ASSIGNMENT_RULES: tuple[Rule, ...] = (
    Rule(
        "assignment",
        re.compile(rf"(?i){_NAME}[\"']?\s?(?:=>|:=|=)\s?{_REAL}{_VALUE}", re.ASCII),
        2,
        _HINTS,
    ),
    Rule(
        "assignment",
        re.compile(rf"(?i){_NAME}[\"']?\s?:\s?{_REAL}([\"'])((?:(?!\1)[^\n])+)\1", re.ASCII),
        2,
        _HINTS,
    ),
    Rule(
        "assignment",
        re.compile(
            rf"(?i){_NAME}:[ \t]{_REAL}((?=[^\s\"',;]*\d)(?=[^\s\"',;]*[a-z])[^\s\"',;]{{6,}})(?![^\s,;])",
            re.ASCII,
        ),
        1,
        _HINTS,
    ),
    Rule(
        "authorization-header",
        re.compile(
            r"(?i)(?:proxy-)?authorization[\"']?\s?[:=]\s?[\"']?(?:(?:bearer|basic|token|digest|apikey)\s+)?+"
            rf"{_REAL}([^\s\"'\\]+)",
            re.ASCII,
        ),
        1,
        ("authorization",),
    ),
    Rule(
        "key-header",
        re.compile(
            rf"(?i)(?:x-api-key|api-key|apikey|x-auth-token|private-token|x-access-token):\s?{_REAL}([^\s\"'\\]+)",
            re.ASCII,
        ),
        1,
        ("key:", "token:"),
    ),
    Rule(
        "password-in-address",
        re.compile(rf"(?<=://)[^\s/:@\"']{{0,256}}:{_REAL}([^\s/@\"']{{1,256}})@", re.ASCII),
        1,
        ("://",),
    ),
)
"""Values that stand behind a name which says that they are secret."""

_OPTION = r"(?:(?!no-)[a-z]{1,20}-){0,4}(?:password|passwd|passphrase|pass|pwd|secret|token|(?:api|access|secret)-?key)"
_ARGUMENTS = r"[^\n|;&]{0,400}?"
COMMAND_RULES: tuple[Rule, ...] = (
    Rule(
        "option",
        re.compile(rf"(?i)(?<!\S)--?{_OPTION}(?:=|\s+)(?!-){_REAL}{_VALUE}", re.ASCII),
        2,
        ("pass", "pwd", "secret", "token", "key"),
    ),
    Rule(
        "mysql-option",
        re.compile(rf"\b(?:mysql|mariadb)[\w-]*\b{_ARGUMENTS}\s-p{_REAL}{_VALUE}", re.ASCII),
        2,
        ("mysql", "mariadb"),
    ),
    Rule(
        "user-option",
        re.compile(
            rf"\b(?:curl|http|https|wget|xh)\b{_ARGUMENTS}\s(?:-u|--user|-a|--auth|-U|--proxy-user)(?:\s*|=)[\"']?"
            rf"[^\s:\"']+:{_REAL}([^\s\"']+)",
            re.ASCII,
        ),
        1,
        ("curl", "http", "wget", "xh"),
    ),
    Rule(
        "password-option",
        re.compile(
            rf"\b(?:sshpass\b{_ARGUMENTS}\s-p|redis-cli\b{_ARGUMENTS}\s-a"
            rf"|(?:docker|podman|helm)\s{_ARGUMENTS}login\b{_ARGUMENTS}\s-p)"
            rf"\s*{_REAL}{_VALUE}",
            re.ASCII,
        ),
        2,
        ("sshpass", "redis-cli", "login"),
    ),
)
"""Secrets in arguments."""

DEFAULT_RULES: tuple[Rule, ...] = (PRIVATE_KEY, *TOKEN_RULES, *ASSIGNMENT_RULES)
"""What is masked in any text."""

SECRET_VARIABLE = re.compile(rf"(?i)(?:{_NAME}|access_?key_?id|(?<![A-Za-z])pat|auth)$", re.ASCII)
"""Names of variables whose value is secret, whatever it looks like."""
