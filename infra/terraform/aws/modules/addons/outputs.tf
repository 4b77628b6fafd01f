output "versions" {
  description = "Version of each add-on."
  value = {
    dns           = aws_eks_addon.dns.addon_version
    volume_driver = aws_eks_addon.volume_driver.addon_version
  }
}
