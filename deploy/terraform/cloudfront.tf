resource "aws_cloudfront_origin_access_control" "page" {
  name                              = "${var.name}-origin"
  origin_access_control_origin_type = "s3"
  signing_behavior                  = "always"
  signing_protocol                  = "sigv4"
}

# The lifetimes come from the files themselves: 10 s for what changes, a year for what is named by its content.
resource "aws_cloudfront_cache_policy" "as_published" {
  name        = "${var.name}-as-published"
  min_ttl     = 0
  default_ttl = 10
  max_ttl     = 31536000

  parameters_in_cache_key_and_forwarded_to_origin {
    enable_accept_encoding_gzip   = true
    enable_accept_encoding_brotli = true
    cookies_config {
      cookie_behavior = "none"
    }
    headers_config {
      header_behavior = "none"
    }
    query_strings_config {
      query_string_behavior = "none"
    }
  }
}

resource "aws_cloudfront_response_headers_policy" "page" {
  # What other sites may show in a frame has no frame-ancestors.
  for_each = { pages = ["frame-ancestors 'none'"], embed = [] }
  name     = "${var.name}-${each.key}"

  cors_config {
    access_control_allow_credentials = false
    origin_override                  = true
    access_control_allow_origins {
      items = ["*"]
    }
    access_control_allow_headers {
      items = ["*"]
    }
    access_control_allow_methods {
      items = ["GET", "HEAD"]
    }
    access_control_expose_headers {
      items = ["Age", "Date"]
    }
  }

  security_headers_config {
    dynamic "content_security_policy" {
      for_each = each.value
      content {
        content_security_policy = content_security_policy.value
        override                = true
      }
    }
    content_type_options {
      override = true
    }
    referrer_policy {
      referrer_policy = "strict-origin-when-cross-origin"
      override        = true
    }
    strict_transport_security {
      access_control_max_age_sec = 31536000
      override                   = true
    }
  }
}

resource "aws_cloudfront_function" "folders" {
  name    = "${var.name}-folders"
  comment = "A folder's address answers its index.html"
  runtime = "cloudfront-js-2.0"
  publish = true
  code    = file("${path.module}/../cloudfront-function.js")
}

resource "aws_cloudfront_distribution" "page" {
  enabled         = true
  comment         = var.domain_name
  aliases         = [var.domain_name]
  http_version    = "http2and3"
  is_ipv6_enabled = true

  viewer_certificate {
    acm_certificate_arn      = var.certificate_arn
    minimum_protocol_version = "TLSv1.2_2021"
    ssl_support_method       = "sni-only"
  }

  restrictions {
    geo_restriction {
      restriction_type = "none"
    }
  }

  origin {
    origin_id                = "bucket"
    domain_name              = aws_s3_bucket.page["public"].bucket_regional_domain_name
    origin_access_control_id = aws_cloudfront_origin_access_control.page.id
  }

  default_cache_behavior {
    target_origin_id           = "bucket"
    allowed_methods            = ["GET", "HEAD"]
    cached_methods             = ["GET", "HEAD"]
    compress                   = true
    viewer_protocol_policy     = "redirect-to-https"
    cache_policy_id            = aws_cloudfront_cache_policy.as_published.id
    response_headers_policy_id = aws_cloudfront_response_headers_policy.page["pages"].id
    function_association {
      event_type   = "viewer-request"
      function_arn = aws_cloudfront_function.folders.arn
    }
  }

  dynamic "ordered_cache_behavior" {
    for_each = ["/embed/*", "/*/embed/*"]
    content {
      path_pattern               = ordered_cache_behavior.value
      target_origin_id           = "bucket"
      allowed_methods            = ["GET", "HEAD"]
      cached_methods             = ["GET", "HEAD"]
      compress                   = true
      viewer_protocol_policy     = "redirect-to-https"
      cache_policy_id            = aws_cloudfront_cache_policy.as_published.id
      response_headers_policy_id = aws_cloudfront_response_headers_policy.page["embed"].id
      function_association {
        event_type   = "viewer-request"
        function_arn = aws_cloudfront_function.folders.arn
      }
    }
  }

  # Nobody may list the bucket, so a missing file is a 403 there.
  dynamic "custom_error_response" {
    for_each = [403, 404]
    content {
      error_code            = custom_error_response.value
      response_code         = 404
      response_page_path    = "/404.html"
      error_caching_min_ttl = 10
    }
  }
}
