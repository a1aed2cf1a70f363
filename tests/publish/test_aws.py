"""What only Amazon's own services know: KMS keys, canned ACLs, CloudFront. moto plays them here."""

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from statuspage.publish import TARGETS, Bundle, ConfigError, Result, cloudfront
from tests.publish.make import make_bundle, make_files

if TYPE_CHECKING:
    from mypy_boto3_cloudfront import CloudFrontClient
    from mypy_boto3_s3 import S3Client

RELEASES = {
    1: make_files(1),
    2: make_files(2, {"a": "down"}),
    3: make_files(3, {"a": "down"}),
    4: make_files(4, {"a": "up"}),
}
KEY = "arn:aws:kms:us-east-1:123456789012:key/7e2f1c8b-5a3d-4c1e-9f00-000000000000"


@pytest.fixture(scope="module")
def aws() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def config(aws: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    monkeypatch.setenv("TEST_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("TEST_SECRET_ACCESS_KEY", "y")
    monkeypatch.setenv("AWS_ENDPOINT_URL_CLOUDFRONT", aws)
    cloudfront._client.cache_clear()
    for name in ("pages", "private"):
        make_client("s3", aws).create_bucket(Bucket=name)
    yield {
        "bucket": "pages",
        "endpoint_url": aws,
        "region": "us-east-1",
        "addressing_style": "path",
        "access_key_env": "TEST_ACCESS_KEY_ID",
        "secret_key_env": "TEST_SECRET_ACCESS_KEY",
        "private_bucket": "private",
    }
    cloudfront._client.cache_clear()
    client: S3Client = make_client("s3", aws)
    for name in ("pages", "private"):
        for item in client.list_objects_v2(Bucket=name).get("Contents", []):
            client.delete_object(Bucket=name, Key=item["Key"])


def make_client(service: Any, url: str) -> Any:
    return boto3.client(
        service,
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="x",
        aws_secret_access_key="y",
    )


def publish(config: dict[str, Any], bundle: Bundle, **changes: str) -> Result:
    return TARGETS["s3"].parse(config | changes).publish(bundle)


def keys_of(config: dict[str, Any], bucket: str) -> list[str]:
    client: S3Client = make_client("s3", config["endpoint_url"])
    return [item["Key"] for item in client.list_objects_v2(Bucket=bucket).get("Contents", [])]


def test_every_object_is_encrypted_with_the_key(config: dict[str, Any]) -> None:
    config["kms_key_id"] = KEY
    publish(config, make_bundle(RELEASES, 1))
    publish(config, replace(make_bundle(RELEASES, 2, 1), previous=lambda: {"a": b"x"}))
    client: S3Client = make_client("s3", config["endpoint_url"])
    for bucket in ("pages", "private"):
        assert keys_of(config, bucket)
        for key in keys_of(config, bucket):
            head = client.head_object(Bucket=bucket, Key=key)
            assert head["ServerSideEncryption"] == "aws:kms", key
            assert head["SSEKMSKeyId"] == KEY


def grants(config: dict[str, Any], bucket: str, key: str) -> set[tuple[str, str]]:
    client: S3Client = make_client("s3", config["endpoint_url"])
    said = client.get_object_acl(Bucket=bucket, Key=key)["Grants"]
    return {(grant["Grantee"].get("URI", "").rpartition("/")[2], grant["Permission"]) for grant in said}


def test_everybody_may_read_the_page_and_nothing_private(config: dict[str, Any]) -> None:
    config["acl"] = "public-read"
    publish(config, make_bundle(RELEASES, 1))
    publish(config, replace(make_bundle(RELEASES, 2, 1), previous=lambda: {"a": b"x"}))
    for key in keys_of(config, "pages"):
        assert ("AllUsers", "READ") in grants(config, "pages", key), key
    assert keys_of(config, "private") == ["releases/000000000002.zip"]
    assert grants(config, "private", "releases/000000000002.zip") == {("", "FULL_CONTROL")}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("acl", "public-read-write"),
        ("acl", "everybody"),
        ("kms_key_id", "a key"),
        ("kms_key_id", "x\r\ny"),
        ("cloudfront_distribution_id", "E2/../x"),
        ("cloudfront_distribution_id", 7),
    ],
)
def test_a_bad_setting_is_named(key: str, value: Any) -> None:
    with pytest.raises(ConfigError) as refused:
        TARGETS["s3"].parse({"bucket": "pages", key: value})
    assert refused.value.field == key


def test_other_headers_reach_every_object_though_its_content_is_the_same(config: dict[str, Any]) -> None:
    client: S3Client = make_client("s3", config["endpoint_url"])
    publish(config, make_bundle(RELEASES, 2))
    assert "ServerSideEncryption" not in client.head_object(Bucket="pages", Key="404.html")
    result = publish(config, make_bundle(RELEASES, 3, 2), kms_key_id=KEY)
    assert result.resynced
    assert set(result.written) == set(RELEASES[3])
    assert client.head_object(Bucket="pages", Key="404.html")["SSEKMSKeyId"] == KEY
    again = publish(config, make_bundle(RELEASES, 4, 3), kms_key_id=KEY)
    assert not again.resynced
    assert "404.html" not in again.written


def test_a_resync_writes_no_more_than_it_must_though_tags_say_nothing_of_contents(
    config: dict[str, Any],
) -> None:
    config["kms_key_id"] = KEY
    publish(config, make_bundle(RELEASES, 2))
    assert "404.html" not in publish(config, make_bundle(RELEASES, 3)).written


@pytest.fixture
def distribution(aws: str) -> str:
    client: CloudFrontClient = make_client("cloudfront", aws)
    origin = {
        "Id": "o",
        "DomainName": "pages.s3.amazonaws.com",
        "S3OriginConfig": {"OriginAccessIdentity": ""},
    }
    behavior = {
        "TargetOriginId": "o",
        "ViewerProtocolPolicy": "redirect-to-https",
        "ForwardedValues": {"QueryString": False, "Cookies": {"Forward": "none"}},
    }
    made = client.create_distribution(
        DistributionConfig={
            "CallerReference": "test",
            "Comment": "",
            "Enabled": True,
            "Origins": {"Quantity": 1, "Items": [origin]},
            "DefaultCacheBehavior": behavior,
        }  # type: ignore[typeddict-item]
    )
    return made["Distribution"]["Id"]


def invalidations(aws: str, distribution: str) -> int:
    client: CloudFrontClient = make_client("cloudfront", aws)
    return client.list_invalidations(DistributionId=distribution)["InvalidationList"]["Quantity"]


def test_cloudfront_forgets_what_changed_but_not_at_every_heartbeat(
    aws: str, config: dict[str, Any], distribution: str
) -> None:
    config["cloudfront_distribution_id"] = distribution
    publish(config, make_bundle(RELEASES, 1))
    publish(config, make_bundle(RELEASES, 2, 1))
    assert invalidations(aws, distribution) == 2
    assert publish(config, make_bundle(RELEASES, 3, 2)).warnings == ()
    assert invalidations(aws, distribution) == 2
    publish(config, make_bundle(RELEASES, 4, 3))
    assert invalidations(aws, distribution) == 3


def test_a_distribution_that_is_not_there_is_a_warning(config: dict[str, Any]) -> None:
    result = publish(config, make_bundle(RELEASES, 1), cloudfront_distribution_id="ENOTHERE")
    assert set(result.written) == set(RELEASES[1])
    assert [str(warning) for warning in result.warnings] == [
        "CloudFront was not told of the release (NoSuchDistribution)."
    ]


def test_cloudfront_that_cannot_be_reached_is_a_warning(
    config: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_CLOUDFRONT", "http://127.0.0.1:1")
    result = publish(config, make_bundle(RELEASES, 1), cloudfront_distribution_id="ENOTHERE")
    assert "EndpointConnectionError" in str(result.warnings[0])
