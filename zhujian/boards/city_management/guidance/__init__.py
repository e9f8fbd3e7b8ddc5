"""业务指导: policies, news and experience, published to the levels below and, where marked, to everybody."""
