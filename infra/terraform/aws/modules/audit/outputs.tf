output "trail_arn" {
  description = "Trail that records every call."
  value       = aws_cloudtrail.main.arn
}
