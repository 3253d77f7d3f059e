"""Labels that are no topics: what a message can be about beside the manual."""

HUMAN = "human"  # asks for a person outright
CHITCHAT = "chitchat"  # greetings, thanks, small talk
OTHER_IT = "other_it"  # IT, but nothing that the manual answers
NOT_IT = "not_it"  # no IT matter at all
VAGUE = "vague"  # something is wrong, too vague to answer: ask back
NONE = "none"  # foreign phrase sets: not answered, nothing more is known

SPECIAL = frozenset({HUMAN, CHITCHAT, OTHER_IT, NOT_IT, VAGUE, NONE})


def is_topic(label: str) -> bool:
    """Whether the label is a topic of the library."""
    return label not in SPECIAL
