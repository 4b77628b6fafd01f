terraform {
  required_version = ">= 1.11.1"

  required_providers {
    coder = {
      source  = "coder/coder"
      version = ">= 2.13, < 3.0"
    }
  }
}
