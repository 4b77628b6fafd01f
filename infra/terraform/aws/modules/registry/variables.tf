variable "kms_key_arn" {
  description = "Key that encrypts images."
  type        = string
}

variable "mirrored_registries" {
  description = "Public registries that are pulled through a cache, by prefix of the cached images."
  type        = map(string)
}

variable "name" {
  description = "Name of the deployment, the first part of the repositories' names."
  type        = string
}

variable "repositories" {
  description = "Images of one's own."
  type        = set(string)
}

variable "tags" {
  description = "Tags of everything."
  type        = map(string)
}
