"""服务层: what people open first."""
