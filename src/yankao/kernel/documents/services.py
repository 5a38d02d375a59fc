"""Official letters. ``Letter`` holds the values; printing follows.

from yankao.kernel.documents import services as documents
"""

from yankao.kernel.documents.letters import Letter

__all__ = ["Letter"]
