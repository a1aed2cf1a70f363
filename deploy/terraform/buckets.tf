# An origin for a status page that shares nothing with the application: the same as ../cloudformation.yml.
# docs/origins.md explains it.

terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.60"
    }
  }
}

locals {
  # Undo packs and the encrypted list of subscribers go to the private one: no distribution, no public access.
  buckets = toset(["public", "private"])
}

resource "aws_s3_bucket" "page" {
  for_each = local.buckets
  bucket   = "${var.name}-${each.key}"

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_s3_bucket_public_access_block" "page" {
  for_each                = local.buckets
  bucket                  = aws_s3_bucket.page[each.key].id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "page" {
  for_each = local.buckets
  bucket   = aws_s3_bucket.page[each.key].id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "page" {
  for_each = local.buckets
  bucket   = aws_s3_bucket.page[each.key].id

  rule {
    bucket_key_enabled = var.kms_key_arn != ""
    apply_server_side_encryption_by_default {
      sse_algorithm     = var.kms_key_arn != "" ? "aws:kms" : "AES256"
      kms_master_key_id = var.kms_key_arn != "" ? var.kms_key_arn : null
    }
  }
}

resource "aws_s3_bucket_versioning" "page" {
  for_each = local.buckets
  bucket   = aws_s3_bucket.page[each.key].id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "page" {
  for_each   = local.buckets
  bucket     = aws_s3_bucket.page[each.key].id
  depends_on = [aws_s3_bucket_versioning.page]

  rule {
    id     = "old-versions"
    status = "Enabled"
    filter {}
    noncurrent_version_expiration {
      noncurrent_days = var.keep_old_versions_days
    }
    expiration {
      expired_object_delete_marker = true
    }
    abort_incomplete_multipart_upload {
      days_after_initiation = 1
    }
  }
}

data "aws_iam_policy_document" "bucket" {
  for_each = local.buckets

  statement {
    sid       = "NothingWithoutTls"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [aws_s3_bucket.page[each.key].arn, "${aws_s3_bucket.page[each.key].arn}/*"]
    principals {
      type        = "*"
      identifiers = ["*"]
    }
    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }

  dynamic "statement" {
    for_each = each.key == "public" ? [aws_cloudfront_distribution.page.arn] : []
    content {
      sid       = "ReadByThisDistributionOnly"
      effect    = "Allow"
      actions   = ["s3:GetObject"]
      resources = ["${aws_s3_bucket.page[each.key].arn}/*"]
      principals {
        type        = "Service"
        identifiers = ["cloudfront.amazonaws.com"]
      }
      condition {
        test     = "StringEquals"
        variable = "AWS:SourceArn"
        values   = [statement.value]
      }
    }
  }
}

resource "aws_s3_bucket_policy" "page" {
  for_each = local.buckets
  bucket   = aws_s3_bucket.page[each.key].id
  policy   = data.aws_iam_policy_document.bucket[each.key].json
}
