output "key_arn" {
  description = "Key that everything stored is encrypted with."
  value       = aws_kms_key.main.arn
}
