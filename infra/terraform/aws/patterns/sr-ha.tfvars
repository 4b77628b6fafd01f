# Three zones, office hours, spot machines with 20 % on demand.
pattern = "sr-ha"

deployment_features = {
  high_availability  = true
  spot               = true
  time_based_scaling = true
  vpc_endpoints      = "full"
}

database = {
  min_acu = 1
  max_acu = 16
}
