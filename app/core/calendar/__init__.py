"""Days: what kind of day it is in China, and which one people mean."""
