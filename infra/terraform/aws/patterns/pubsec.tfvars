# Regulated work: on demand only, AWS through endpoints, no way to the internet, every call recorded.
pattern = "pubsec"

deployment_features = {
  audit_trail        = true
  high_availability  = true
  nat_gateway        = false
  time_based_scaling = true
  vpc_endpoints      = "full"
}

database = {
  backup_retention_days = 35
  min_acu               = 1
  max_acu               = 16
}

log_retention_days = 365
