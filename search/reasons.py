"""Why a hit is one: stable words that API and pages give, the best first."""

from typing import Final

EXACT_CODE: Final = "exact-code"
ORGANISATION_CODE: Final = "organisation-code-inside"
CODE_SLIP: Final = "code-differs-by-one-slip"
EXACT_NUMBER: Final = "exact-number"
EXACT_NAME: Final = "exact-name"
SAME_CHARACTERS: Final = "same-in-simplified-characters"
OTHER_LEGAL_FORM: Final = "legal-form-differs"
WITHOUT_LEGAL_FORM: Final = "legal-form-missing"
OTHER_PLACE: Final = "place-differs"
WITHOUT_PLACE: Final = "place-missing"
PINYIN: Final = "pinyin"
INITIALS: Final = "initials"
SAME_SOUND: Final = "sounds-the-same"
SWAPPED: Final = "characters-swapped"
MISSING: Final = "character-missing"
ADDED: Final = "character-added"
LOOKALIKE: Final = "character-looks-alike"
DIFFERS: Final = "character-differs"
BEGINNING: Final = "beginning-of-name"
PART: Final = "part-of-name"
SHARED: Final = "shared-characters"
FORMER_NAME: Final = "former-name"

Scored = tuple[float, tuple[str, ...]]
"""How well two names agree, 0 to 1, and why."""
