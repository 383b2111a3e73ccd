"""The probe questions of `metier model test`, with the passages they are asked of. All of it is invented here, so no model has read it before.

PROBES: twelve that the passages shown answer, eight that they do not although they come close (another year, another product, a
thing nobody wrote down). HARD: as many, each asked of one shelf of twelve passages, worded far from them. English and German.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Probe:
    """One question: `answers` are accepted spellings; none means that the passages do not say."""

    question: str
    language: str
    passages: tuple[str, ...]
    answers: tuple[str, ...] = ()


_TRAVEL = (
    "Travel policy > Hotels\nHotel costs are reimbursed up to 135 EUR per night in Germany and 180 EUR per night abroad. "
    "Breakfast is not reimbursed separately. Bookings above the limit need the approval of the cost centre manager."
)
_TRAVEL_TRAINS = (
    "Travel policy > Trains\nTrain tickets are booked in second class. First class is allowed for journeys of more than "
    "four hours. Receipts must be handed in within 21 days after the journey."
)
_PUMP = (
    "Product sheet HX-40\nThe pump HX-40 delivers 38 litres per minute at 6 bar. Its seal must be replaced every "
    "2,500 operating hours. The pump HX-55 delivers 52 litres per minute at 6 bar."
)
_REPORT = (
    "Annual report 2024 > Revenue\nRevenue rose from 41.2 million EUR in 2023 to 44.9 million EUR in 2024. The service "
    "division contributed 12.3 million EUR in 2024. The number of employees fell to 318."
)
_CONTRACT = (
    "Supply agreement > Termination\nEither party may terminate this agreement with three months' notice to the end of a "
    "quarter. The supplier is Norvik Castings Ltd. Late delivery costs 0.5% of the order value per week, at most 5%."
)
_LEAVE = (
    "Betriebsvereinbarung > Urlaub\nVollzeitbeschäftigte erhalten 29 Urlaubstage im Kalenderjahr. Resturlaub verfällt am "
    "31. März des Folgejahres. Urlaubsanträge genehmigt die Teamleitung innerhalb von fünf Arbeitstagen."
)
_REMOTE = (
    "Betriebsvereinbarung > Mobiles Arbeiten\nMobiles Arbeiten ist an bis zu drei Tagen pro Woche möglich. Am Dienstag "
    "besteht Anwesenheitspflicht. Aus dem Ausland darf nicht mobil gearbeitet werden."
)
_PRICES = (
    "Preisliste 2025 > Wartung\nDer Wartungsvertrag Basis kostet 240 EUR im Jahr. Der Wartungsvertrag Plus kostet 410 EUR "
    "im Jahr und enthält zwei Vor-Ort-Termine. Anfahrten werden mit 0,85 EUR je Kilometer berechnet."
)
_MINUTES = (
    "Protokoll der Sitzung vom 14. Mai 2025\nFrau Okonjo stellte das Projekt Lagerumbau vor. Der Umbau beginnt am "
    "1. September 2025 und kostet voraussichtlich 780.000 EUR. Herr Brandl prüft die Statik bis Ende Juni."
)

PROBES: tuple[Probe, ...] = (
    Probe(
        "How much does the company pay for a hotel night in Germany?",
        "en",
        (_TRAVEL, _TRAVEL_TRAINS),
        ("135",),
    ),
    Probe(
        "When may I travel first class by train?", "en", (_TRAVEL, _TRAVEL_TRAINS), ("four hours", "4 hours")
    ),
    Probe("How many days do I have to hand in receipts?", "en", (_PUMP, _TRAVEL_TRAINS), ("21",)),
    Probe("How often does the seal of the HX-40 need replacing?", "en", (_PUMP, _REPORT), ("2,500", "2500")),
    Probe("What flow rate does the HX-55 reach?", "en", (_PUMP, _CONTRACT), ("52",)),
    Probe("What was the revenue in 2024?", "en", (_REPORT, _CONTRACT), ("44.9",)),
    Probe(
        "What is the notice period of the supply agreement?",
        "en",
        (_CONTRACT, _TRAVEL),
        ("three months", "3 months"),
    ),
    Probe("Wie viele Urlaubstage stehen Vollzeitkräften zu?", "de", (_LEAVE, _REMOTE), ("29",)),
    Probe("Wann verfällt der Resturlaub?", "de", (_LEAVE, _PRICES), ("31. März", "31.03")),
    Probe("An welchem Tag muss ich im Büro sein?", "de", (_REMOTE, _LEAVE), ("Dienstag",)),
    Probe("Was kostet der Wartungsvertrag Plus pro Jahr?", "de", (_PRICES, _MINUTES), ("410",)),
    Probe("Wer prüft die Statik?", "de", (_MINUTES, _REMOTE), ("Brandl",)),
    Probe("How much is reimbursed for a taxi ride?", "en", (_TRAVEL, _TRAVEL_TRAINS)),
    Probe("How much does the pump HX-40 weigh?", "en", (_PUMP, _REPORT)),
    Probe("What was the revenue in 2022?", "en", (_REPORT, _CONTRACT)),
    Probe("Who signed the supply agreement?", "en", (_CONTRACT, _REPORT)),
    Probe("Wie viele Urlaubstage erhalten Auszubildende?", "de", (_LEAVE, _REMOTE)),
    Probe("Was kostet der Wartungsvertrag Premium?", "de", (_PRICES, _LEAVE)),
    Probe("Wann ist der Lagerumbau abgeschlossen?", "de", (_MINUTES, _PRICES)),
    Probe("Wer bezahlt den Internetanschluss bei mobiler Arbeit?", "de", (_REMOTE, _LEAVE)),
)

# Shown all together with every hard question: an old policy beside the new one, two suppliers, an amendment in the other language.
_TRAVEL_OLD = "Travel policy 2023 > Hotels\nHotel costs are reimbursed up to 110 EUR per night in Germany and 150 EUR per night abroad."
_TRAVEL_NEW = (
    "Travel policy 2025 > Hotels\nA night in a German hotel is reimbursed up to 135 EUR, a night abroad up to 180 EUR. This "
    "policy replaces the travel policy 2023. Bookings above the limit need the approval of the cost centre manager."
)
_CONTRACT_OTHER = (
    "Framework agreement Tessel > Term\nThe agreement with Tessel Seals BV may be terminated with six months' notice to the end "
    "of a year. Tessel delivers within ten working days of each order."
)
_REMOTE_AMENDED = (
    "Nachtrag 1 zur Betriebsvereinbarung Mobiles Arbeiten\nAb dem 1. Januar 2026 ist mobiles Arbeiten an bis zu vier statt drei "
    "Tagen pro Woche möglich. Die Anwesenheitspflicht am Dienstag bleibt bestehen."
)
_BADGE = (
    "Questions and answers > Badge\nWho has lost the badge on a working day calls reception, extension 1200; at weekends the "
    "gatehouse, extension 4411, blocks it. A new badge is issued against a signature."
)
_SHELF = (
    _REPORT, _TRAVEL_OLD, _LEAVE, _BADGE, _PUMP, _CONTRACT_OTHER, _REMOTE, _TRAVEL_NEW, _PRICES, _CONTRACT, _MINUTES,
    _REMOTE_AMENDED,
)  # fmt: skip

HARD: tuple[Probe, ...] = tuple(
    Probe(question, language, _SHELF, answers)
    for question, language, answers in (
        ("What do I get back at most for a room in Hamburg?", "en", ("135",)),
        ("What was the most for a German hotel under the policy that has been replaced?", "en", ("110",)),
        ("Wie viele Tage in der Woche darf ich 2026 höchstens zu Hause arbeiten?", "de", ("vier", "4")),
        ("Which supplier can we part with at shorter notice, Norvik or Tessel?", "en", ("Norvik",)),
        ("May I work from a holiday flat in Spain for a week?", "en", ("no", "not", "cannot", "prohibited", "forbidden")),
        ("Wie lange darf meine Chefin brauchen, bis sie über meinen freien Tag entscheidet?", "de", ("fünf", "5")),
        ("What is the most that Norvik can lose of an order by being late?", "en", ("5%", "5 %", "5 per cent", "5 percent")),
        ("Which of our pumps moves more liquid?", "en", ("HX-55",)),
        ("Was hat die Firma 2023 umgesetzt?", "de", ("41.2", "41,2")),
        ("Who looks into whether the building bears the conversion?", "en", ("Brandl",)),
        ("What is charged for each kilometre that your fitter drives to us?", "en", ("0.85", "0,85")),
        ("It is Sunday and my card is gone. Which number do I dial?", "en", ("4411",)),
        ("What does Tessel pay for each week of delay?", "en", ()),
        ("How often must the seal of the HX-55 be replaced?", "en", ()),
        ("What was the profit in 2024?", "en", ()),
        ("Wie viele Urlaubstage bekommen Teilzeitkräfte?", "de", ()),
        ("Wie viele Vor-Ort-Termine enthält der Wartungsvertrag Basis?", "de", ()),
        ("What does a new badge cost?", "en", ()),
        ("An welchem Tag hat Herr Brandl die Prüfung abgeschlossen?", "de", ()),
        ("Who signed the travel policy 2025?", "en", ()),
    )
)  # fmt: skip
