"""What goes over a real socket: garbage, limits, stalls, pipelines, header names, and the served description."""
