"""The origin in a cloud: valid templates, CloudFormation and Terraform alike, and no right too many."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import hcl2
import pytest
from cfnlint.api import lint
from cfnlint.decode.cfn_yaml import load as read_template

from tests.deploy.compose import ROOT

DEPLOY = ROOT / "deploy"
FUNCTION = DEPLOY / "cloudfront-function.js"
TEMPLATE: dict[str, Any] = read_template(str(DEPLOY / "cloudformation.yml"))
MADE: dict[str, Any] = TEMPLATE["Resources"]
TERRAFORM = "\n".join(path.read_text() for path in sorted((DEPLOY / "terraform").glob("*.tf")))
# What a call of boto asks the right for.
RIGHTS = {
    "get_object": "s3:GetObject",
    "head_object": "s3:GetObject",
    "put_object": "s3:PutObject",
    "delete_object": "s3:DeleteObject",
    "list_objects_v2": "s3:ListBucket",
    "create_invalidation": "cloudfront:CreateInvalidation",
}
KMS = {"kms:GenerateDataKey", "kms:Decrypt"}


def called() -> set[str]:
    """Every method of a boto client that publishing calls."""
    sources = "".join(path.read_text() for path in (ROOT / "statuspage" / "publish").rglob("*.py"))
    return set(re.findall(r"client(?:\(.*\))?\.([a-z]+_[a-z0-9_]+)", sources)) - {"exceptions"}


def statements() -> list[dict[str, Any]]:
    policy = MADE["Publisher"]["Properties"]["Policies"][0]["PolicyDocument"]
    return [each["Fn::If"][1] if "Fn::If" in each else each for each in policy["Statement"]]


def actions() -> set[str]:
    found: set[str] = set()
    for each in statements():
        found |= {each["Action"]} if isinstance(each["Action"], str) else set(each["Action"])
    return found


@pytest.mark.parametrize("name", ["cloudformation.yml", "waiting/cloudfront.yml"])
def test_the_template_is_one_that_cloudformation_takes(name: str) -> None:
    problems = lint((DEPLOY / name).read_text(), regions=["us-east-1"])
    # The rest (I) are remarks.
    assert [str(each) for each in problems if each.rule.id[0] in "EW"] == []


def test_the_publisher_may_do_what_publishing_does_and_nothing_else() -> None:
    assert called() <= set(RIGHTS), "say in RIGHTS what it needs, and in both templates"
    assert {RIGHTS[call] for call in called()} <= actions()
    assert actions() == {*RIGHTS.values(), *KMS}
    for each in statements():
        assert "*" not in str(each["Action"])
        assert each["Resource"] != "*"


def test_nobody_reads_the_buckets_but_the_distribution() -> None:
    for name in ("PublicBucket", "PrivateBucket"):
        bucket = MADE[name]["Properties"]
        assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
        assert len(bucket["PublicAccessBlockConfiguration"]) == 4
        assert bucket["VersioningConfiguration"]["Status"] == "Enabled"
        assert bucket["LifecycleConfiguration"]["Rules"][0]["NoncurrentVersionExpiration"]
        assert MADE[name]["DeletionPolicy"] == "Retain"
    allowed = {
        name: [
            each for each in made["Properties"]["PolicyDocument"]["Statement"] if each["Effect"] == "Allow"
        ]
        for name, made in MADE.items()
        if made["Type"] == "AWS::S3::BucketPolicy"
    }
    assert allowed["PrivateBucketPolicy"] == []
    (read,) = allowed["PublicBucketPolicy"]
    assert read["Principal"] == {"Service": "cloudfront.amazonaws.com"}
    assert read["Action"] == "s3:GetObject"
    assert "AWS:SourceArn" in read["Condition"]["StringEquals"]


def test_pages_stand_in_no_frame_and_embeds_do() -> None:
    config = MADE["Distribution"]["Properties"]["DistributionConfig"]
    headers = {
        name: MADE[name]["Properties"]["ResponseHeadersPolicyConfig"]
        for name in ("PageHeaders", "EmbedHeaders")
    }
    assert config["DefaultCacheBehavior"]["ResponseHeadersPolicyId"] == {"Ref": "PageHeaders"}
    policy = headers["PageHeaders"]["SecurityHeadersConfig"].pop("ContentSecurityPolicy")
    assert policy["ContentSecurityPolicy"] == "frame-ancestors 'none'"
    assert headers["PageHeaders"]["SecurityHeadersConfig"] == headers["EmbedHeaders"]["SecurityHeadersConfig"]
    assert headers["PageHeaders"]["CorsConfig"] == headers["EmbedHeaders"]["CorsConfig"]
    assert headers["PageHeaders"]["CorsConfig"]["AccessControlAllowOrigins"] == {"Items": ["*"]}
    embeds = config["CacheBehaviors"]
    assert [each["PathPattern"] for each in embeds] == ["/embed/*", "/*/embed/*"]
    for each in embeds:
        rest = {**each, "ResponseHeadersPolicyId": {"Ref": "PageHeaders"}}
        assert rest.pop("PathPattern")
        assert rest == config["DefaultCacheBehavior"]


def test_cloudfront_keeps_files_as_long_as_they_say() -> None:
    cache = MADE["CachePolicy"]["Properties"]["CachePolicyConfig"]
    assert (cache["MinTTL"], cache["MaxTTL"]) == (0, 31_536_000)


def test_the_template_holds_the_function_that_is_tested() -> None:
    assert MADE["Folders"]["Properties"]["FunctionCode"] == FUNCTION.read_text()
    assert "cloudfront-function.js" in TERRAFORM


def ask(uri: str) -> dict[str, Any]:
    """What the function makes of a request, under node."""
    event = json.dumps({"request": {"uri": uri, "method": "GET", "headers": {}, "querystring": {}}})
    node = shutil.which("node")
    if node is None:
        pytest.skip("NOT TESTED: node is not installed (apt-get install nodejs)")
    script = f"{FUNCTION.read_text()}\nconsole.log(JSON.stringify(handler({event})))"
    done = subprocess.run([node, "-e", script], capture_output=True, text=True, check=True)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


@pytest.mark.parametrize(
    ("uri", "file"),
    [
        ("/", "/index.html"),
        ("/fr/", "/fr/index.html"),
        ("/incidents/abc/", "/incidents/abc/index.html"),
        ("/index.html", "/index.html"),
        ("/api/v2/summary.json", "/api/v2/summary.json"),
        ("/.well-known/security.txt", "/.well-known/security.txt"),
    ],
)
def test_the_function_finds_the_file(uri: str, file: str) -> None:
    assert ask(uri)["uri"] == file


@pytest.mark.parametrize(
    ("uri", "location"),
    [
        ("/fr", "./fr/"),
        ("/incidents/abc", "./abc/"),
        ("//evil", "./evil/"),
        ("/https:evil", "./https:evil/"),
        ("/a/%0d%0aSet-Cookie:x", "./%0d%0aSet-Cookie:x/"),
    ],
)
def test_the_function_adds_the_slash_of_a_folder_and_stays_on_its_host(uri: str, location: str) -> None:
    answer = ask(uri)
    assert answer["statusCode"] == 308
    assert answer["headers"]["location"]["value"] == location


@pytest.mark.parametrize("path", sorted((DEPLOY / "terraform").glob("*.tf")), ids=lambda path: path.name)
def test_terraform_can_be_read(path: Path) -> None:
    with path.open() as file:
        assert hcl2.load(file)


def test_terraform_is_formatted_as_terraform_does() -> None:
    terraform = shutil.which("terraform")
    if terraform is None:
        pytest.skip("NOT TESTED: terraform is not installed")
    done = subprocess.run(
        [terraform, "fmt", "-check", "-recursive", str(DEPLOY / "terraform")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_terraform_makes_what_the_template_makes() -> None:
    wanted = [
        *(f'"{action}"' for action in actions()),
        *(
            f'"{each["PathPattern"]}"'
            for each in MADE["Distribution"]["Properties"]["DistributionConfig"]["CacheBehaviors"]
        ),
        "frame-ancestors 'none'",
        "BucketOwnerEnforced",
        "noncurrent_version_expiration",
        'signing_behavior                  = "always"',
        "min_ttl     = 0",
        "max_ttl     = 31536000",
        "access_control_max_age_sec = 31536000",
        'minimum_protocol_version = "TLSv1.2_2021"',
        'runtime = "cloudfront-js-2.0"',
        'response_page_path    = "/404.html"',
        "for_each = [403, 404]",
        '"AWS:SourceArn"',
        'status = "Enabled"',
    ]
    assert [words for words in wanted if words not in TERRAFORM] == []
    assert TERRAFORM.count("= true\n  restrict_public_buckets = true") == 1
    granted = set(re.findall(r'"((?:s3|kms|cloudfront):\w+)"', TERRAFORM))
    assert granted == actions()
