"""What staff are shown of subscribers and deliveries, in words and figures."""
