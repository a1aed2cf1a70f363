variable "domain_name" {
  description = "The page's host name, such as status.example.com"
  type        = string
  validation {
    condition     = can(regex("^[a-z0-9-]+(\\.[a-z0-9-]+)+$", var.domain_name))
    error_message = "A host name in small letters, such as status.example.com."
  }
}

variable "certificate_arn" {
  description = "The certificate of that name in AWS Certificate Manager, in us-east-1"
  type        = string
  validation {
    condition     = can(regex("^arn:aws[a-z-]*:acm:us-east-1:\\d{12}:certificate/.+$", var.certificate_arn))
    error_message = "CloudFront takes certificates from us-east-1 only."
  }
}

variable "name" {
  description = "What the names of everything made here begin with; also of the buckets, so it must be free"
  type        = string
}

variable "kms_key_arn" {
  description = "Optional. A KMS key that encrypts both buckets; its policy must let CloudFront decrypt"
  type        = string
  default     = ""
}

variable "keep_old_versions_days" {
  description = "For how many days overwritten and deleted files can be brought back"
  type        = number
  default     = 30
}

variable "allow_invalidation" {
  description = "Whether the publisher may ask CloudFront to forget its copies (cloudfront_distribution_id)"
  type        = bool
  default     = false
}
