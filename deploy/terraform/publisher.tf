# It may overwrite and delete files, but not their old versions, and reach nothing else.
# Its key is made by hand, so that it stands in no state file: aws iam create-access-key --user-name (its name)

data "aws_iam_policy_document" "publish" {
  statement {
    sid       = "List"
    actions   = ["s3:ListBucket"]
    resources = [for bucket in aws_s3_bucket.page : bucket.arn]
  }

  statement {
    sid       = "ReadAndWrite"
    actions   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]
    resources = [for bucket in aws_s3_bucket.page : "${bucket.arn}/*"]
  }

  dynamic "statement" {
    for_each = var.allow_invalidation ? [aws_cloudfront_distribution.page.arn] : []
    content {
      sid       = "Invalidate"
      actions   = ["cloudfront:CreateInvalidation"]
      resources = [statement.value]
    }
  }

  dynamic "statement" {
    for_each = var.kms_key_arn != "" ? [var.kms_key_arn] : []
    content {
      sid       = "Encrypt"
      actions   = ["kms:GenerateDataKey", "kms:Decrypt"]
      resources = [statement.value]
    }
  }
}

resource "aws_iam_user" "publisher" {
  name = "${var.name}-publisher"
}

resource "aws_iam_user_policy" "publisher" {
  name   = "publish"
  user   = aws_iam_user.publisher.name
  policy = data.aws_iam_policy_document.publish.json
}

output "bucket" {
  description = "Of the target, \"bucket\""
  value       = aws_s3_bucket.page["public"].id
}

output "private_bucket" {
  description = "Of the target, \"private_bucket\""
  value       = aws_s3_bucket.page["private"].id
}

output "distribution_id" {
  description = "Of the target, \"cloudfront_distribution_id\", where allow_invalidation is true"
  value       = aws_cloudfront_distribution.page.id
}

output "distribution_domain_name" {
  description = "Where the page's host name must point, as a CNAME or an alias"
  value       = aws_cloudfront_distribution.page.domain_name
}

output "publisher" {
  description = "Whose key the application publishes with"
  value       = aws_iam_user.publisher.name
}
