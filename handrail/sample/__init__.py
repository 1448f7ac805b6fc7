"""A programme to try Handrail with: 58 made-up people, a city's enforcement, and a few cases in trouble today.

Everything is made by arithmetic: no clock, no seed, no file. The figures that the published account gives come
out of the events by construction; nobody in it is real.
"""

from handrail.sample.programme import published_events, sample_events
from handrail.sample.story import SampleEvent, SamplePerson

__all__ = ["SampleEvent", "SamplePerson", "published_events", "sample_events"]
