"""Tokens in the shapes that their issuers chose, most of them by a prefix.

From the issuers' documentation and from what secret scanners agree on. Lengths are lower bounds, so that
a secret is masked before its last character has arrived.
"""

from __future__ import annotations

import re
from collections import namedtuple

from agentrec.redact.rules.plausibility import is_placeholder
from agentrec.redact.rules.randomness import is_jumbled, is_random, is_uuid
from agentrec.redact.rules.secret_rule import secret_rule

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_WORD = "[A-Za-z0-9_-]"
_ALNUM = "[A-Za-z0-9]"
_HEX = "[0-9a-f]"
_ANYHEX = "[0-9a-fA-F]"
_UPPER = "[A-Z0-9]"
_LOWER = "[a-z0-9]"
_DOTS = "[A-Za-z0-9_.-]"
_BASE64 = "[A-Za-z0-9_+/=-]"

_LEFT = r"(?<![A-Za-z0-9])"
_LEFT_WORD = r"(?<![A-Za-z0-9_-])"

# Rule, prefixes, alphabet of the rest, its least length.
PREFIXED = (
    ("anthropic-key", "sk-ant-", _WORD, 8),
    ("openai-key", "sk-proj- sk-svcacct- sk-admin- sk-None- sk-service- sess-", _WORD, 12),
    ("openrouter-key", "sk-or-v1-", _WORD, 12),
    ("github-token", "ghp_ gho_ ghu_ ghs_ ghr_", _ALNUM, 12),
    ("github-fine-grained-token", "github_pat_", "[A-Za-z0-9_]", 12),
    (
        "gitlab-token",
        (
            "glpat- gldt- glrt- glrtr- glptt- glcbt- glsoat- glagent- glft- glffct- glimt- gloas- glwt-"
            " GR1348941"
        ),
        _DOTS,
        12,
    ),
    ("google-api-key", "AIza", _WORD, 26),
    ("google-oauth", "ya29. GOCSPX-", _WORD, 16),
    (
        "slack-token",
        "xoxb- xoxp- xoxa- xoxe- xoxe. xoxr- xoxs- xoxc- xoxd- xoxo- xapp-",
        "[A-Za-z0-9%.-]",
        10,
    ),
    (
        "stripe-key",
        "sk_live_ sk_test_ sk_prod_ rk_live_ rk_test_ rk_prod_ whsec_ ek_live_ ek_test_",
        _ALNUM,
        12,
    ),
    ("openai-key", "sk-", _ALNUM, 20),
    ("aws-access-key-id", "AKIA ASIA ABIA ACCA A3T", "[A-Z0-9]", 12),
    ("google-refresh-token", "1//0", _WORD, 24),
    ("salesforce-token", "00D", r"[A-Za-z0-9]{9,15}!A[A-Za-z0-9_.]", 60),
    ("salesforce-key", "3MVG9", "[A-Za-z0-9._+/=]", 60),
    ("cisco-key", "5AEP861", "[A-Za-z0-9._=]", 60),
    ("twitter-token", "AAAAAAAAAAAAAAAAAAA", "[A-Za-z0-9%]", 30),
    ("okta-token", "SSWS", r"\s[A-Za-z0-9_=-]", 30),
    ("twilio-key", "SK", _HEX, 32),
    ("mailgun-key", "key-", _HEX, 32),
    ("infisical-token", "st.", r"[0-9a-f]{24}\.[0-9a-f]{32}\.[0-9a-f]", 30),
    ("paypal-token", "access_token$", "[a-z0-9$]", 40),
    ("npm-token", "npm_", _ALNUM, 20),
    ("pypi-token", "pypi-AgE", _WORD, 16),
    ("huggingface-token", "hf_ api_org_", _ALNUM, 20),
    ("sendgrid-key", "SG.", _DOTS, 36),
    ("age-key", "AGE-SECRET-KEY-1 AGE-PLUGIN-", "[A-Z0-9-]", 12),
    ("vault-token", "hvs. hvb. hvr.", _WORD, 20),
    ("digitalocean-token", "dop_v1_ doo_v1_ dor_v1_", _HEX, 16),
    ("shopify-token", "shpat_ shpca_ shppa_ shpss_ shptka_ shpua_ shpit_", _ALNUM, 16),
    ("shopify-token", "shltm_", _WORD, 24),
    ("linear-key", "lin_api_ lin_oauth_ lin_wh_", _ALNUM, 16),
    ("groq-key", "gsk_", _ALNUM, 24),
    ("replicate-token", "r8_", _WORD, 24),
    ("perplexity-key", "pplx-", _ALNUM, 24),
    ("xai-key", "xai-", "[A-Za-z0-9_]", 24),
    ("fireworks-key", "fw_", _ALNUM, 22),
    ("cerebras-key", "csk-", _ALNUM, 24),
    ("nvidia-key", "nvapi-", _WORD, 24),
    ("together-key", "tgp_v1_", _WORD, 24),
    ("tavily-key", "tvly-", _WORD, 16),
    ("firecrawl-key", "fc-", _HEX, 24),
    ("exa-key", "exa_", _ALNUM, 24),
    ("jina-key", "jina_", _WORD, 24),
    ("voyage-key", "pa-", _WORD, 40),
    ("pinecone-key", "pcsk_", "[A-Za-z0-9_]", 24),
    ("langsmith-key", "lsv2_pt_ lsv2_sk_ ls__", "[A-Za-z0-9_]", 24),
    ("langfuse-key", "sk-lf- pk-lf-", _WORD, 24),
    ("wandb-key", "wandb_v1_", "[A-Za-z0-9_]", 24),
    ("e2b-key", "e2b_", _ALNUM, 24),
    ("apify-token", "apify_api_ apify_proxy_", _WORD, 24),
    ("browserbase-key", "bb_live_ bb_test_", _WORD, 16),
    ("ai-key", "aik_ sk_or_ sk-helicone- sk-litellm- ksk_", _WORD, 20),
    ("grafana-token", "glsa_ glc_ eyJrIjoi", _BASE64, 24),
    ("sentry-token", "sntrys_ sntryu_ sntryi_ sntrya_", _BASE64, 24),
    ("docker-token", "dckr_pat_ dckr_oat_", _WORD, 16),
    ("databricks-token", "dapi", _HEX, 32),
    ("tailscale-key", "tskey-", _WORD, 16),
    ("netlify-token", "nfp_ nfc_ nfo_ nfu_ nfb_", _ALNUM, 24),
    ("notion-token", "ntn_ secret_", _ALNUM, 36),
    ("atlassian-token", "ATATT3 ATCTT3 ATBB ATSTT3 ATOAT", "[A-Za-z0-9_=.-]", 24),
    ("bitbucket-token", "BBDC-", "[A-Za-z0-9+/@_-]", 24),
    ("postman-key", "PMAK-", _WORD, 24),
    ("supabase-token", "sbp_", "[A-Za-z0-9_]", 24),
    ("supabase-key", "sb_secret_", _WORD, 16),
    ("doppler-token", "dp.pt. dp.st. dp.ct. dp.sa. dp.scim. dp.audit.", _DOTS, 24),
    (
        "planetscale-token",
        "pscale_tkn_ pscale_pw_ pscale_oauth_ pscale_api_",
        "[A-Za-z0-9_.=-]",
        20,
    ),
    ("new-relic-key", "NRAK- NRJS- NRII- NRIQ- NRBR- NRSP- NRRA-", _WORD, 15),
    ("figma-token", "figd_ figp_ figo_ figu_ figur_", "[A-Za-z0-9_=-]", 24),
    ("fly-token", "fm1_ fm1r_ fm1a_ fm2_ fo1_", _BASE64, 24),
    ("vercel-token", "vcp_ vci_ vca_ vcr_ vck_ vercel_blob_rw_", "[A-Za-z0-9_]", 20),
    ("render-key", "rnd_", _ALNUM, 20),
    ("railway-token", "railway_", _WORD, 24),
    ("circleci-token", "CCIPAT_ CCIPRJ_ ccipat_", "[A-Za-z0-9_]", 20),
    ("buildkite-token", "bkua_ bkat_ bkpt_ bkct_ bkpat_ bkaj_", "[A-Za-z0-9_]", 20),
    ("jfrog-token", "AKCp cmVmd", _ALNUM, 24),
    ("rubygems-key", "rubygems_", _ALNUM, 24),
    ("crates-token", "cio", _ALNUM, 32),
    ("nuget-key", "oy2", _LOWER, 43),
    ("clojars-token", "CLOJARS_", _ALNUM, 24),
    ("hex-key", "hex_", _ALNUM, 40),
    ("1password-token", "ops_eyJ", _BASE64, 24),
    ("1password-key", "A3-", "[A-Z0-9-]", 24),
    ("square-token", "sq0atp- sq0csp- sq0idp- sq0coa- sq0cgp- EAAAE EAAAl EAAAF", _WORD, 20),
    ("brevo-key", "xkeysib- xsmtpsib-", _WORD, 24),
    ("resend-key", "re_", "[A-Za-z0-9]{6,10}_[A-Za-z0-9]", 20),
    ("asana-token", "1/ 2/ 0/", "[0-9]{10,20}[:/][0-9a-z:/]", 24),
    ("heroku-key", "HRKU-", _WORD, 24),
    (
        "facebook-token",
        "EAAC EAAM EAAB EAAG EAAJ EAAO EAAP EAAS EAAT EAAW EAAX EAAY EAAZ EAAD",
        _ALNUM,
        60,
    ),
    ("instagram-token", "IGQV IGAA", _WORD, 60),
    ("dropbox-token", "sl. sl.u.", _WORD, 60),
    ("alibaba-key", "LTAI", _ALNUM, 16),
    ("tencent-key", "AKID", _ALNUM, 28),
    ("bedrock-key", "ABSK bedrock-api-key-", _BASE64, 40),
    ("cloudflare-token", "cfut_ cfat_ cfk_ cfpat_", _ALNUM, 30),
    ("cloudflare-key", "v1.0-", "[0-9a-zA-Z-]", 80),
    ("contentful-token", "CFPAT-", _WORD, 24),
    ("pulumi-token", "pul-", _HEX, 30),
    ("prefect-key", "pnu_ pnb_", _ALNUM, 24),
    ("readme-key", "rdme_", _LOWER, 40),
    ("posthog-key", "phx_ phs_ pha_", _WORD, 24),
    ("typeform-token", "tfp_", "[A-Za-z0-9_.-]", 24),
    ("airtable-token", "pat", r"[A-Za-z0-9]{14}\.[0-9a-f]", 32),
    ("dynatrace-token", "dt0c01. dt0s01. dt0s02. dt0s08. dt0s16.", _DOTS, 24),
    ("easypost-key", "EZAK EZTK", _ALNUM, 40),
    ("duffel-token", "duffel_test_ duffel_live_", "[A-Za-z0-9_=-]", 24),
    ("flutterwave-key", "FLWSECK_TEST- FLWSECK- FLWSECK_PROD-", _WORD, 12),
    ("frameio-token", "fio-u-", "[A-Za-z0-9_=-]", 24),
    ("intra42-token", "s-s4t2af- s-s4t2ud- u-s4t2af- u-s4t2ud-", _HEX, 24),
    ("octopus-key", "API-", _UPPER, 25),
    ("openshift-token", "sha256~", _WORD, 30),
    ("shippo-token", "shippo_live_ shippo_test_", _ANYHEX, 24),
    ("sourcegraph-token", "sgp_ slk_", "[A-Za-z0-9_]", 30),
    ("settlemint-token", "sm_aat_ sm_pat_ sm_sat_", _ALNUM, 14),
    ("endor-key", "endr+", _WORD, 16),
    (
        "authress-key",
        "scauth_ authress_",
        r"[A-Za-z0-9]{5,30}\.[A-Za-z0-9]{4,6}\.acc[A-Za-z0-9._+/=-]",
        30,
    ),
    ("telnyx-key", "KEY0", _WORD, 40),
    ("razorpay-key", "rzp_live_ rzp_test_", _ALNUM, 12),
    ("paystack-key", "sk_live_ sk_test_", _HEX, 24),
    ("clerk-key", "sk_clerk_ ak_live_ ak_test_", _ALNUM, 20),
    ("workos-key", "sk_workos_ project_01", _WORD, 20),
    ("ramp-secret", "ramp_sec_ ramp_tok_", _ALNUM, 24),
    ("rootly-token", "rootly_", _HEX, 32),
    ("salad-key", "salad_cloud_", "[A-Za-z0-9_]", 20),
    ("adafruit-key", "aio_", _ALNUM, 24),
    ("adobe-secret", "p8e- p8-", _WORD, 28),
    ("harness-token", "pat. sat.", r"[A-Za-z0-9_-]{22}\.[0-9a-zA-Z]{24}\.[A-Za-z0-9]", 20),
    ("hubspot-token", "pat-na1- pat-eu1- pat-na2- pat-eu2- pat-ap1-", "[0-9a-fA-F-]", 30),
    (
        "launchdarkly-key",
        "api- sdk- mob- rel-",
        "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]",
        12,
    ),
    ("mapbox-token", "sk.eyJ tk.eyJ", _DOTS, 30),
    ("mandrill-key", "md-", _ALNUM, 22),
    ("intercom-key", "ico-", _ALNUM, 30),
    ("pubnub-key", "sec-c-", _BASE64, 30),
    ("plaid-token", "access-sandbox- access-production- access-development-", "[0-9a-f-]", 30),
    ("mercury-token", "secret-token:", "[A-Za-z0-9_/+=-]", 20),
    ("mercadopago-token", "APP_USR- TEST-", "[0-9]{10,20}-[0-9A-Za-z-]", 30),
    ("microsoft-refresh-token", "M.C5 M.R3 0.AX 1.AX", "[A-Za-z0-9_.!*$-]", 60),
    ("zapier-key", "sk-zap- zapier_", _WORD, 20),
    ("trigger-key", "tr_dev_ tr_prod_ tr_stg_ tr_pat_", _ALNUM, 16),
    ("turso-token", "turso_", _WORD, 24),
    ("neon-key", "napi_ npg_", _ALNUM, 12),
    ("upstash-token", "upstash_ AX", r"[A-Za-z0-9]{2}AAIj[A-Za-z0-9=]", 30),
    ("xata-key", "xau_", _ALNUM, 20),
    ("polar-token", "polar_oat_ polar_pat_ polar_at_ polar_rt_", _ALNUM, 20),
    ("onfido-token", "api_live. api_sandbox. api_live_us. api_live_ca.", _DOTS, 20),
    ("lob-key", "live_", _ANYHEX, 32),
    ("gocardless-token", "live_ sandbox_", _WORD, 40),
    ("mux-key", "mux_", _WORD, 32),
    ("elevenlabs-key", "sk_", _HEX, 40),
    ("deepgram-key", "dg_", _ALNUM, 32),
    ("assembly-key", "aai_", _ALNUM, 30),
    ("sumo-key", "sumo_", _ALNUM, 24),
    ("honeycomb-key", "hcaik_ hcxik_ hcbik_ hcamk_ hcxmk_ hcalk_", _ALNUM, 20),
    ("axiom-token", "xaat- xapt-", "[0-9a-f-]", 30),
    ("betterstack-token", "bst_", _ALNUM, 20),
    ("checkly-key", "cu_", _HEX, 30),
    ("scaleway-key", "SCW", _UPPER, 17),
    ("linode-token", "linode_pat_", _ALNUM, 20),
    ("hetzner-token", "hcloud_", _ALNUM, 24),
    ("ibm-key", "ApiKey-", _WORD, 24),
    ("twitch-token", "oauth:", _LOWER, 28),
    ("discord-secret", "mfa.", _WORD, 60),
    ("zoho-token", "1000.", r"[0-9a-f]{32}\.[0-9a-f]", 30),
    ("trello-token", "ATTA", _ALNUM, 40),
    ("monday-token", "mnd_", _ALNUM, 24),
    ("clickup-token", "pk_", "[0-9]{5,10}_[A-Z0-9]", 28),
    ("teamcity-token", "eyJ0eXAiOiAiVENWMiJ9.", _DOTS, 24),
    ("snyk-token", "snyk_uat. snyk_sat.", _DOTS, 24),
    ("sonar-token", "squ_ sqp_ sqa_", _HEX, 32),
    ("semgrep-token", "sgp_app_ semgrep_", _ALNUM, 24),
    ("codecov-token", "codecov_", _ALNUM, 24),
    ("temporal-key", "tmprl_", _WORD, 24),
    ("nightfall-key", "NF-", _ALNUM, 30),
    ("thinkst-token", "canary_", _ALNUM, 24),
    ("duo-secret", "DI", "[A-Z0-9]{18}[:/][A-Za-z0-9]", 38),
    ("shodan-key", "shodan_", _ALNUM, 24),
    ("unkey-key", "unkey_", _ALNUM, 16),
    ("inngest-key", "signkey-prod- signkey-test- signkey-staging- signkey-branch-", _HEX, 24),
    ("liveblocks-key", "sk_dev_", _WORD, 20),
    ("knock-key", "sk_knock_", _WORD, 20),
    ("loops-key", "loops_", _ALNUM, 24),
    ("val-town-token", "vtwn_", _ALNUM, 20),
    ("deno-token", "ddp_ ddo_ ddw_", _ALNUM, 30),
    ("bitcoin-key", "xprv tprv zprv yprv", _ALNUM, 80),
    ("nostr-key", "nsec1", _LOWER, 50),
)


# Tokens that begin with ``text``: what follows it, what a whole token matches, what a growing one does.
Prefix = namedtuple("Prefix", ("rule", "text", "body", "pattern", "growing"))  # noqa: PYI024


def _prefixes() -> Iterator[Prefix]:
    for rule, starts, alphabet, least in PREFIXED:
        simple = alphabet.count("[") == 1 and "{" not in alphabet
        for text in starts.split():
            start, body = re.escape(text), f"{alphabet}{{{least},}}"
            yield Prefix(rule, text, body, start + body, f"{start}{alphabet}*" if simple else "")


PREFIXES = tuple(_prefixes())


# Of a token whose prefix follows a word.
_MIN_INNER_CHARS = 20
# Of data in base64 rather than a token: so long, and with so many zeros.
_MIN_TABLE_CHARS = 30
_MIN_TABLE_ZEROS = 0.25


def is_drawn(prefix: Prefix, match: re.Match[str]) -> bool:
    """What follows is not a table of numbers in base64, nor, after a short prefix, a run of words."""
    body = match[0].removeprefix(prefix.text)
    if len(body) >= _MIN_TABLE_CHARS and body.count("A") > _MIN_TABLE_ZEROS * len(body):
        return False
    if len(prefix.text) > 5 or prefix.text != prefix.text.lower():
        return True
    before = match.string[match.start() - 1 : match.start()]
    if before in ("-", "_"):  # mostly the middle of a longer one, but also: dump_ghp_...
        return len(body) >= _MIN_INNER_CHARS and is_random(body)
    if before == "+":
        return False
    if any(map(str.isdigit, body)):
        return True
    return body != body.lower() and body != body.upper() and is_jumbled(body)


# Of a growing token, so many characters after a prefix may be shown while recording.
SHOWN_CHARS = 4


def gives_away(prefix: Prefix, body: str) -> bool:
    """Whether a growing token is one already: by a telling prefix, or characters that no word has."""
    if len(prefix.text) > 4 or (len(prefix.text) == 4 and not prefix.text.isalpha()):
        return True
    return len(body) >= SHOWN_CHARS and has_no_word(body)


def has_no_word(body: str) -> bool:
    """Digits, or capitals inside."""
    return any(map(str.isdigit, body)) or body[1:] != body[1:].lower()


# Ids of models' APIs have the same shape: they name answers, tool calls and requests, and open nothing.
# Nor do digests, which are no longer whole where a row ends.
_IDS = re.compile(
    r"(?<![A-Za-z0-9])(?:[a-z]{0,8}toolu|msg|call|resp|req|rs|fc|ctc|item|cmpl|chatcmpl(?:-tool)?|gen"
    r"|file|prt|ses|thread|run|step|asst|container|compl?|sha[0-9]{1,3}|md5)\Z"
)
# The rest of an id of Anthropic's, of whatever kind: wrkspc_01..., batch_01....
_ANTHROPIC_ID = re.compile(r"01[0-9A-Za-z]{22}\Z")


def _is_unknown_token(match: re.Match[str]) -> bool:
    before = match.string[max(0, match.start() - 24) : match.start()]
    if _IDS.search(before) or _ANTHROPIC_ID.match(match["v"]):
        return False
    prefix = re.search(
        r"(?<![A-Za-z0-9+/=_.:%@#-])(?:[a-z][a-z0-9]{1,11}|[A-Z]{2,8})(?:[_-][A-Za-z0-9]{1,8})?\Z",
        before,
    )
    return prefix is not None and is_random(match["v"]) and not is_placeholder(match["v"])


def _is_aws(match: re.Match[str]) -> bool:
    before = match.string[max(0, match.start() - 23) : match.start()]
    return match["a"] is not None or "aws" in before.rpartition("\n")[2].lower()


def _is_uuid_key(match: re.Match[str]) -> bool:
    return is_uuid(match["v"])


RULES = (
    secret_rule(
        "aws-secret-key",
        "secret",
        r"(?i:secret(?P<a>[_-]?access)?)[A-Za-z_ -]{0,16}[\"']?\s{0,2}[=:]\s{0,2}[\"']?"
        r"(?P<v>(?:[A-Za-z0-9+/]|=){30,})",
        check=_is_aws,
        starts="named",
    ),
    secret_rule(
        "azure-storage-key",
        "accountkey= accesskey= sharedaccesskey=",
        r"(?i:account|access)(?i:key)=(?P<v>(?:[A-Za-z0-9+/]|%2[BbFf]){20,}(?:=|%3[Dd]){0,2})",
        r"(?i:account|access)(?i:key)=(?P<v>[A-Za-z0-9+/]+)",
    ),
    # Storage keys end with two paddings, other services' have a mark inside: AzCa, AIoT, APIM, ACDb, AzSe.
    secret_rule(
        "azure-key",
        "+ast +acdb +amc +aba +arm +aeh +acr jqqj99 azse azfu aiot apim",
        r"(?:\+ASt|\+ACDb|\+AMC|\+ABa|\+ARm|\+AEh|\+ACR|JQQJ99|AzSe|AzFu|AIoT|APIM)[A-Za-z0-9+/]{5,40}(?:==?)?",
        before=r"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{32,80}",
    ),
    secret_rule("azure-sas", "sig=", r"[?&;](?:amp;)?sig=(?P<v>[A-Za-z0-9%+/=]{20,})"),
    secret_rule(
        "azure-client-secret",
        "q~",
        r"Q~[A-Za-z0-9_~.-]{24,}",
        r"Q~[A-Za-z0-9_~.-]*",
        before=r"(?<![A-Za-z0-9_~.-])[A-Za-z0-9_~.-]{3}[0-9]",
    ),
    secret_rule(
        "telegram-token",
        ":aa",
        rf":AA{_WORD}{{24,}}",
        rf":AA{_WORD}*",
        before=r"(?<![0-9])[0-9]{8,10}",
        word="AA",
    ),
    secret_rule(
        "discord-token",
        ".g .x .y .z",
        r"\.[GXYZ][A-Za-z0-9_-]{5}\.[A-Za-z0-9_-]{27,42}",
        before=r"(?<![A-Za-z0-9_.-])[MNO][A-Za-z0-9_-]{22,27}",
        word="[GXYZ]",
    ),
    secret_rule(
        "mailgun-key",
        "-",
        rf"-(?:us[0-9]{{1,2}}|{_HEX}{{8}}-{_HEX}{{8}})(?![A-Za-z0-9-])",
        before=rf"{_LEFT_WORD}{_HEX}{{32}}",
        word=r"[0a-f]{32}\Z",
    ),
    secret_rule(
        "new-relic-key",
        "ffffnral -nrma",
        "FFFFNRAL|-NRMA",
        before=r"(?<![A-Za-z0-9])(?:AA|eu01xx)?[0-9a-fx]{26,40}",
    ),
    secret_rule(
        "terraform-token",
        ".atlasv1.",
        r"\.atlasv1\.[A-Za-z0-9_=-]{24,}",
        r"\.atlasv1\.[A-Za-z0-9_=-]*",
        before=rf"{_LEFT}[A-Za-z0-9]{{10,16}}",
    ),
    secret_rule(
        "sentry-dsn",
        "",
        rf"://(?P<v>{_HEX}{{32}}(?::{_HEX}{{32}})?)@[\w.-]*(?:sentry|ingest)",
        starts="url",
    ),
    secret_rule(
        "maxmind-key", "_mmk", "_mmk", before=rf"{_LEFT}[A-Za-z0-9]{{6}}_[A-Za-z0-9]{{29}}"
    ),
    secret_rule(
        "stripe-client-secret",
        "_secret_",
        r"_secret_[A-Za-z0-9]{16,}",
        before=rf"{_LEFT}(?:pi|seti|cs)_[A-Za-z0-9_]{{14,64}}",
    ),
    *(
        secret_rule(
            "facebook-token",
            sign,
            rf"(?i:{re.escape(sign)})[A-Za-z0-9_-]{{27,40}}(?![\w-])",
            before=rf"{_LEFT}[0-9]{{15,16}}",
            word=r"0{15,16}\Z",
        )
        for sign in ("|", "%7c")
    ),
    secret_rule(
        "ably-key",
        ":",
        r":[A-Za-z0-9_-]{43}(?![\w-])",
        before=rf"{_LEFT_WORD}[A-Za-z0-9_-]{{6}}\.[A-Za-z0-9_-]{{6}}",
    ),
    secret_rule(
        "heroku-key",
        "heroku",
        r"(?i:heroku)[^\r\n]{0,40}?(?P<v>[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12})",
        check=_is_uuid_key,
    ),
    secret_rule(
        "jwt",
        "eyj",
        r"eyJ(?<![A-Za-z0-9_-]eyJ)[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){0,3}",
        r"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{4,}[A-Za-z0-9_.-]*",
    ),
    # Issuers that are not known: a short prefix, then what looks random.
    *(
        secret_rule(
            "token",
            sign,
            rf"{sign}(?P<v>[A-Za-z0-9]{{24,200}})(?![A-Za-z0-9+/=_-]|\.[a-z])",
            check=_is_unknown_token,
            word="(?=[a-z0]*[A-Z])(?=[A-Z0]*[a-z])[A-Za-z0]{24}",
        )
        for sign in "_-"
    ),
)
