"""Secrets of many kinds, made when a test runs, and what only looks like them: no scanner trips over this file."""

import base64
import random
import string
import uuid
from collections.abc import Callable

UPPER, LOWER, DIGITS = string.ascii_uppercase, string.ascii_lowercase, string.digits
ALNUM, HEX, BASE32 = UPPER + LOWER + DIGITS, DIGITS + "abcdef", UPPER + "234567"
WORD = ALNUM + "_-"


class Shapes:
    """Random strings, the same in each run of a seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 -- planted, not secret

    def of(self, alphabet: str, length: int) -> str:
        return "".join(self._random.choices(alphabet, k=length))

    def bytes(self, length: int) -> bytes:
        return self._random.randbytes(length)


TOKENS: dict[str, Callable[[Shapes], str]] = {
    "aws id": lambda s: "AKIA" + s.of(BASE32, 16),
    "aws temporary id": lambda s: "ASIA" + s.of(BASE32, 16),
    "github": lambda s: "ghp_" + s.of(ALNUM, 36),
    "github app": lambda s: "ghs_" + s.of(ALNUM, 36),
    "github oauth": lambda s: "gho_" + s.of(ALNUM, 36),
    "github fine": lambda s: "github_pat_" + s.of(ALNUM + "_", 82),
    "gitlab": lambda s: "glpat-" + s.of(ALNUM, 20),
    "gitlab deploy": lambda s: "gldt-" + s.of(ALNUM, 20),
    "gitlab runner": lambda s: "glrt-" + s.of(ALNUM, 20),
    "slack bot": lambda s: f"xoxb-{s.of(DIGITS, 12)}-{s.of(DIGITS, 12)}-{s.of(ALNUM, 24)}",
    "slack user": lambda s: f"xoxp-{s.of(DIGITS, 12)}-{s.of(DIGITS, 12)}-{s.of(DIGITS, 12)}-{s.of(HEX, 32)}",
    "slack app": lambda s: f"xapp-1-{s.of(UPPER + DIGITS, 11)}-{s.of(DIGITS, 12)}-{s.of(HEX, 40)}",
    "stripe": lambda s: "sk_live_" + s.of(ALNUM, 24),
    "stripe restricted": lambda s: "rk_live_" + s.of(ALNUM, 24),
    "stripe webhook": lambda s: "whsec_" + s.of(ALNUM, 32),
    "openai": lambda s: "sk-proj-" + s.of(WORD, 60) + "x",
    "anthropic": lambda s: "sk-ant-api03-" + s.of(WORD, 92) + "xAA",
    "google": lambda s: "AIza" + s.of(ALNUM, 35),
    "google oauth": lambda s: "ya29." + s.of(WORD, 60) + "x",
    "google client": lambda s: "GOCSPX-" + s.of(ALNUM, 28),
    "npm": lambda s: "npm_" + s.of(ALNUM, 36),
    "pypi": lambda s: "pypi-AgEIcHlwaS5vcmc" + s.of(WORD, 80) + "x",
    "rubygems": lambda s: "rubygems_" + s.of(HEX, 48),
    "crates": lambda s: "cio" + s.of(ALNUM, 32),
    "docker": lambda s: "dckr_pat_" + s.of(ALNUM, 27),
    "hugging face": lambda s: "hf_" + s.of(UPPER + LOWER, 34),
    "sendgrid": lambda s: f"SG.{s.of(ALNUM, 22)}.{s.of(ALNUM, 43)}",
    "twilio": lambda s: "SK" + s.of(HEX, 32),
    "telegram": lambda s: f"{s.of('123456789', 10)}:AA{s.of(ALNUM, 33)}",
    "digitalocean": lambda s: "dop_v1_" + s.of(HEX, 64),
    "shopify": lambda s: "shpat_" + s.of(HEX, 32),
    "databricks": lambda s: "dapi" + s.of(HEX, 32),
    "vault": lambda s: "hvs." + s.of(ALNUM, 95),
    "doppler": lambda s: "dp.pt." + s.of(ALNUM, 43),
    "linear": lambda s: "lin_api_" + s.of(ALNUM, 40),
    "pulumi": lambda s: "pul-" + s.of(HEX, 40),
    "grafana": lambda s: f"glsa_{s.of(ALNUM, 32)}_{s.of(HEX, 8)}",
    "postman": lambda s: f"PMAK-{s.of(HEX, 24)}-{s.of(HEX, 34)}",
    "sentry": lambda s: "sntryu_" + s.of(HEX, 64),
    "planetscale": lambda s: "pscale_tkn_" + s.of(ALNUM, 43),
    "age": lambda s: "AGE-SECRET-KEY-1" + s.of("QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L", 58),
    "azure client": lambda s: f"{s.of(ALNUM, 3)}8Q~{s.of(ALNUM, 34)}",
    "json web token": lambda s: f"eyJ{s.of(ALNUM, 33)}.eyJ{s.of(ALNUM, 60)}.{s.of(WORD, 42)}x",
    "tailscale": lambda s: f"tskey-auth-{s.of(ALNUM, 12)}-{s.of(ALNUM, 32)}",
    "figma": lambda s: "figd_" + s.of(ALNUM, 40),
    "prefect": lambda s: "pnu_" + s.of(ALNUM, 36),
    "perplexity": lambda s: "pplx-" + s.of(ALNUM, 48),
    "notion": lambda s: f"ntn_{s.of(DIGITS, 11)}{s.of(ALNUM, 35)}",
    "artifactory": lambda s: "AKCp" + s.of(ALNUM, 69),
}
"""Tokens that tell by their shape what they are."""

PLACES = {
    "option": "./deploy --password @ --force",
    "option with =": "./deploy --client-secret=@",
    "mysql": "mysql -u root -p@ shop",
    "curl user": "curl -s -u bob:@ https://example.org",
    "header": "curl -H 'Authorization: Bearer @' https://example.org",
    "key header": "curl -H 'X-Api-Key: @' https://example.org",
    "cookie": "curl -H 'Cookie: session=@' https://example.org",
    "address": "git clone https://bob:@@example.org/x.git",
    "postgres": "psql postgres://app:@@db/shop",
    "export": "export API_TOKEN=@",
    "dotenv": 'DB_PASSWORD="@"',
    "json": '{"client_secret": "@", "id": 5}',
    "yaml": "  password: '@'",
    "toml": "secret_key = '@'",
    "sshpass": "sshpass -p @ ssh example.org",
    "redis": "redis-cli -h db -a @ ping",
    "docker login": "docker login -u bob -p @ example.org",
    "openssl": "openssl rsa -in k.pem -passin pass:@",
    "sudo": "echo @ | sudo -S true",
    "stdin": "echo '@' | docker login --password-stdin example.org",
    "netrc": "machine example.org login bob password @",
    "npmrc": "//registry.npmjs.org/:_authToken=@",
    "docker auth": '"auth": "@"',
    "aws file": "aws_secret_access_key = @",
    "odbc": "Server=db;User Id=app;Password=@;Encrypt=yes",
    "azure storage": "DefaultEndpointsProtocol=https;AccountName=x;AccountKey=@;EndpointSuffix=core",
    "signed address": "https://example.org/f?sv=1&sig=@",
    "kubeconfig": "    client-key-data: @",
    "htpasswd": "bob:$apr1$@",
    "otpauth": "otpauth://totp/x?secret=@&issuer=y",
}
"""Where a secret without a shape of its own stands; `@` is the secret."""

PASSWORD = {"htpasswd": "$apr1$", "otpauth": ""}


def planted(shapes: Shapes) -> list[tuple[str, str, str]]:
    """Kind, the line that it stands in, and the secret itself."""
    lines = [(kind, f"found {secret} here", secret) for kind, make in TOKENS.items() for secret in [make(shapes)]]
    for kind, place in PLACES.items():
        secret = shapes.of(BASE32, 20) if kind == "otpauth" else "x7" + shapes.of(ALNUM, 26)
        lines.append((kind, place.replace("@", secret, 1), secret))
    return lines


def private_key(shapes: Shapes) -> str:
    body = "\n".join(base64.b64encode(shapes.bytes(48)).decode() for _ in range(6))
    kind = "RSA PRIVATE " + "KEY"
    return f"-----BEGIN {kind}-----\n{body}\n-----END {kind}-----"


def look_alikes(shapes: Shapes) -> list[str]:
    """Lines without a secret."""
    lines: list[str] = []
    for number in range(40):
        blob = shapes.bytes(64)
        lines += [
            f"commit {shapes.of(HEX, 40)}",
            f"{shapes.of(HEX, 7)}..{shapes.of(HEX, 7)}  main -> main",
            str(uuid.UUID(bytes=blob[:16])),
            base64.b64encode(blob[:57]).decode(),
            f'"integrity": "sha512-{base64.b64encode(blob).decode()}",',
            f"sha256:{shapes.of(HEX, 64)}  file{number}.tar.gz",
            f"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{shapes.of(ALNUM, 43)} me@example.org",
            f"/home/me/{shapes.of(LOWER, 12)}/node_modules/{shapes.of(LOWER, 9)}/dist/index.{shapes.of(HEX, 8)}.js",
            f"{number * 16:08x}  {blob[:16].hex(' ')}  |................|",
            f'function {shapes.of(LOWER, 1)}(e,t){{return e.key===t.key&&e.token!=null?e["{shapes.of(LOWER, 5)}"]:t}}',
            f'{{ name = "{shapes.of(LOWER, 8)}", hash = "sha256:{shapes.of(HEX, 64)}" }}',
            f"{shapes.of(LOWER, 8)} v{number}.1.2 h1:{base64.b64encode(blob[:32]).decode()}",
            f"2026-11-27T00:00:{number % 60:02d}Z INFO auth: session of user {number} renewed, id={shapes.of(HEX, 16)}",
        ]
    return lines
