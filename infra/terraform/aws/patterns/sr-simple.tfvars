# One zone, small: a start that costs little while nobody works.
pattern = "sr-simple"

deployment_features = {
  time_based_scaling = true
}

database = {
  min_acu = 0.5
  max_acu = 4
}
