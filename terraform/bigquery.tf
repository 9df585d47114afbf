locals {
  archive = one(keys(local.suite.datasets))
}
