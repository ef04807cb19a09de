"""What the demo shop sells, where, and who buys it. Names and places are common ones; nobody in particular is meant."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ware:
    """Something on the shelf: its price is in the channel's currency, its weight in grams."""

    sku: str
    name: str
    price: int
    grams: int


@dataclass(frozen=True, slots=True)
class Place:
    """A town that orders go to."""

    country: str
    region: str
    city: str
    postal_code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """Where orders come from: which connection tells of them, how often, in which currency, who carries them."""

    key: str
    connection: str
    share: float
    currency: str
    carriers: tuple[tuple[str, float], ...]
    places: tuple[Place, ...]
    first_number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrier:
    """How a carrier is called, numbers its parcels, and how long half of them travel (days)."""

    name: str
    service: str
    prefix: str
    digits: int
    median_days: float


WARES = (
    Ware("JUN-GIN-70", "Garden gin, 70 cl", 42, 1350),
    Ware("JUN-TON-12", "Dry tonic, 12 bottles", 27, 4100),
    Ware("JUN-CAN-OAK", "Oakmoss candle", 34, 520),
    Ware("JUN-CAN-FIR", "Fir and smoke candle", 34, 520),
    Ware("JUN-SOAP-3", "Juniper soap, set of three", 24, 390),
    Ware("JUN-BALM", "Hand balm, 75 ml", 19, 110),
    Ware("JUN-OIL-10", "Room oil, 10 ml", 16, 60),
    Ware("JUN-LIN-AP", "Linen apron, moss", 58, 480),
    Ware("JUN-LIN-TW", "Linen tea towels, pair", 29, 260),
    Ware("JUN-MUG-S", "Stoneware mug, speckled", 26, 430),
    Ware("JUN-CAR-1", "Carafe, hand-blown", 74, 980),
    Ware("JUN-BRD-W", "Walnut serving board", 96, 1500),
    Ware("JUN-BOX-G", "Gift box \"Evening\"", 128, 2300),
    Ware("JUN-BOX-L", "Gift box \"Long weekend\"", 245, 4600),
    Ware("JUN-LAMP", "Copper table lamp", 310, 2900),
)  # fmt: skip

FIRST_NAMES = (
    "Ann", "Ben", "Clara", "David", "Elena", "Felix", "Grace", "Hugo", "Iris", "Jonas", "Kira", "Leo", "Maya", "Noah",
    "Olivia", "Paul", "Quinn", "Rosa", "Sam", "Tessa", "Umar", "Vera", "Will", "Xenia", "Yara", "Zoe", "Aisha", "Bruno",
    "Chloe", "Diego", "Emma", "Finn", "Hana", "Ivan", "Julia", "Kofi", "Linh", "Mateo", "Nadia", "Omar", "Priya", "Ravi",
    "Sofia", "Tom",
)  # fmt: skip
LAST_NAMES = (
    "Adams", "Baker", "Becker", "Bianchi", "Brooks", "Carter", "Costa", "Davies", "Diaz", "Dubois", "Evans", "Fischer",
    "Garcia", "Gray", "Haas", "Hughes", "Ito", "Jensen", "Jones", "Keller", "Khan", "Kim", "Lang", "Lee", "Lopez",
    "Martin", "Meyer", "Moore", "Murphy", "Nguyen", "Novak", "Okafor", "Olsen", "Patel", "Price", "Reed", "Rossi",
    "Roy", "Santos", "Schmidt", "Silva", "Singh", "Stone", "Sullivan", "Torres", "Tran", "Weber", "Wood", "Young",
)  # fmt: skip

AMERICAN = (
    Place("US", "NY", "Brooklyn", "11215"), Place("US", "CA", "Oakland", "94610"), Place("US", "IL", "Chicago", "60647"),
    Place("US", "TX", "Austin", "78704"), Place("US", "WA", "Seattle", "98103"), Place("US", "MA", "Somerville", "02143"),
    Place("US", "CO", "Denver", "80205"), Place("US", "OR", "Portland", "97214"), Place("US", "GA", "Atlanta", "30307"),
    Place("US", "TN", "Nashville", "37206"), Place("US", "MN", "Minneapolis", "55408"), Place("US", "AZ", "Tucson", "85719"),
    Place("US", "VT", "Burlington", "05401"), Place("US", "NC", "Durham", "27701"), Place("US", "MI", "Ann Arbor", "48104"),
)  # fmt: skip
EUROPEAN = (
    Place("DE", "BE", "Berlin", "10967"), Place("DE", "HH", "Hamburg", "22765"), Place("FR", "IDF", "Paris", "75011"),
    Place("NL", "NH", "Amsterdam", "1054"), Place("BE", "VAN", "Antwerp", "2018"), Place("AT", "9", "Vienna", "1070"),
    Place("GB", "LND", "London", "E8 3PN"), Place("IE", "D", "Dublin", "D08"), Place("CH", "ZH", "Zurich", "8004"),
    Place("IT", "MI", "Milan", "20144"), Place("DK", "84", "Copenhagen", "2200"), Place("GB", "BST", "Bristol", "BS6"),
)  # fmt: skip
#: Where the demo shop packs; a parcel to another customs area crosses a border.
HOME = {"US": Place("US", "VT", "Brattleboro", "05301"), "EU": Place("NL", "NB", "Eindhoven", "5611")}
UNION = frozenset({"DE", "FR", "NL", "BE", "AT", "IE", "IT", "DK"})
HUBS = {
    "US": ("Albany, NY", "Newark, NJ", "Memphis, TN", "Louisville, KY", "Columbus, OH", "Kansas City, MO", "Reno, NV"),
    "EU": ("Venlo, NL", "Köln, DE", "Liège, BE", "Leipzig, DE", "Lyon, FR", "Milan, IT", "Croydon, GB"),
}

CARRIERS = {
    each.name: each
    for each in (
        Carrier(name="USPS", service="Priority", prefix="9405511", digits=15, median_days=3.0),
        Carrier(name="UPS", service="Ground", prefix="1Z84F20", digits=11, median_days=2.6),
        Carrier(name="FedEx", service="Home Delivery", prefix="77", digits=10, median_days=2.8),
        Carrier(name="DHLExpress", service="Worldwide", prefix="44", digits=8, median_days=3.4),
        Carrier(name="DPD", service="Classic", prefix="0150", digits=10, median_days=2.7),
    )
}
US, EU, MARKET = (
    Channel(key="shopify-us", connection="Shopify US", share=0.55, currency="USD", places=AMERICAN, first_number=20_411,
            carriers=(("USPS", 0.5), ("UPS", 0.35), ("FedEx", 0.15))),
    Channel(key="shopify-eu", connection="Shopify EU", share=0.27, currency="EUR", places=EUROPEAN, first_number=7_120,
            carriers=(("DPD", 0.65), ("DHLExpress", 0.35))),
    Channel(key="marketplace", connection="Marketplace", share=0.18, currency="USD", places=AMERICAN,
            first_number=331_507, carriers=(("FedEx", 0.45), ("UPS", 0.4), ("USPS", 0.15))),
)  # fmt: skip
CHANNELS = {channel.key: channel for channel in (US, EU, MARKET)}
