"""What stands before api.binance.com: CloudFront, with a page and headers of its own."""

from mockex.core.edge import TRACE, cloudfront_page

__all__ = ["BAD_REQUEST", "TRACE"]

BAD_REQUEST = cloudfront_page("Bad request.")
