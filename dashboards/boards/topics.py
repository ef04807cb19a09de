"""The topics of boards: one a board for its cards, one a tenant for the counts of all boards, one for its orders."""

from postsale.live.topics import Topic

BOARD = "board"
BOARDS = "boards"
ORDERS = "orders"


def board_topic(tenant_id: int, slug: str) -> Topic:
    """The cards of one board."""
    return Topic(tenant_id=tenant_id, kind=BOARD, key=slug)


def all_boards(tenant_id: int) -> Topic:
    """How many cards are open on each board."""
    return Topic(tenant_id=tenant_id, kind=BOARDS, key="all")


def all_orders(tenant_id: int) -> Topic:
    """Which orders changed, or cards of theirs."""
    return Topic(tenant_id=tenant_id, kind=ORDERS, key="all")
