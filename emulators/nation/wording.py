"""Polish words that places and people are named with; every combination is made up."""

from random import Random

STREETS = (
    "Lipowa", "Kościuszki", "Mickiewicza", "Słowackiego", "Polna", "Ogrodowa", "Szkolna", "Leśna",
    "Kwiatowa", "Sienkiewicza", "Kolejowa", "Parkowa", "Akacjowa", "Brzozowa", "Zielona",
    "Wojska Polskiego", "Kopernika", "Żeromskiego", "Konopnickiej", "Reymonta", "Klonowa",
    "Sportowa", "Zdrojowa", "Wiśniowa", "Rynek", "Dworcowa", "Piastowska", "Jagiellońska",
    "Długa", "Krótka", "Łąkowa", "Źródlana",
)  # fmt: skip
CLINICS = (
    "Przychodnia Lekarska „{patron}”",
    "NZOZ „{patron}”",
    "SP ZOZ {town}, Przychodnia nr {number}",
    "Poradnia Lekarza Rodzinnego „{patron}”",
    "Centrum Medyczne „{patron}”",
    "Przychodnia Rodzinna przy ul. {street}",
    "Gminny Ośrodek Zdrowia, {town}",
)
HOSPITALS = (
    "Szpital Powiatowy {town}, Punkt Szczepień",
    "Szpital Miejski nr {number}, Poradnia Szczepień",
    "Szpital Specjalistyczny „{patron}”, Punkt Szczepień",
)
PHARMACIES = ("Apteka „{patron}”", "Apteka nr {number}", "Apteka przy ul. {street}")
MASS_POINTS = (
    "Punkt Szczepień Powszechnych {town}, Hala Sportowa",
    "Punkt Szczepień Powszechnych {town}, Centrum Wystawowe",
    "Punkt Szczepień Powszechnych nr {number}, Szkoła Podstawowa",
)
MOBILE_TEAMS = ("Mobilny Zespół Szczepień nr {number}, {town}",)
PATRONS = (
    "Zdrowie", "Medyk", "Eskulap", "Hipokrates", "Pod Lipami", "Salus", "Rodzina", "Panaceum",
    "Vita", "Na Wzgórzu", "Bonifrater", "Syrena", "Jantar", "Pod Kasztanem", "Remedium",
    "Przy Parku", "Sanus", "Ogrodowa", "Źródło", "Nasza Przychodnia",
)  # fmt: skip
WOMEN = (
    "Anna", "Maria", "Katarzyna", "Małgorzata", "Agnieszka", "Barbara", "Ewa", "Krystyna",
    "Elżbieta", "Zofia", "Janina", "Teresa", "Magdalena", "Monika", "Joanna", "Danuta", "Irena",
    "Halina", "Helena", "Beata", "Aleksandra", "Julia", "Zuzanna", "Łucja", "Hanna", "Natalia",
)  # fmt: skip
MEN = (
    "Jan", "Andrzej", "Piotr", "Krzysztof", "Stanisław", "Tomasz", "Paweł", "Józef", "Marcin",
    "Marek", "Michał", "Grzegorz", "Jerzy", "Tadeusz", "Adam", "Łukasz", "Zbigniew", "Ryszard",
    "Dariusz", "Henryk", "Mariusz", "Kazimierz", "Wojciech", "Jakub", "Antoni", "Szymon",
)  # fmt: skip
# As a man bears them; a woman's ends in -a where his ends in -i.
FAMILIES = (
    "Nowak", "Kowalski", "Wiśniewski", "Wójcik", "Kowalczyk", "Kamiński", "Lewandowski",
    "Zieliński", "Szymański", "Woźniak", "Dąbrowski", "Kozłowski", "Mazur", "Jankowski",
    "Kwiatkowski", "Krawczyk", "Kaczmarek", "Piotrowski", "Grabowski", "Zając", "Pawłowski",
    "Michalski", "Król", "Wieczorek", "Jabłoński", "Wróbel", "Nowakowski", "Majewski", "Stępień",
    "Olszewski", "Jaworski", "Malinowski", "Dudek", "Adamczyk", "Pawlak", "Górski", "Sikora",
    "Walczak", "Rutkowski", "Baran", "Michalak", "Szewczyk", "Ostrowski", "Tomaszewski",
    "Zalewski", "Wróblewski", "Pietrzak", "Jasiński", "Marciniak", "Sadowski", "Bąk", "Źrebiec",
)  # fmt: skip


def family_name(random: Random, *, woman: bool) -> str:
    """Return a family name in the form its bearer uses."""
    name = random.choice(FAMILIES)
    return name[:-1] + "a" if woman and name.endswith("i") else name


def given_name(random: Random, *, woman: bool) -> str:
    """Return a given name."""
    return random.choice(WOMEN if woman else MEN)


def street_address(random: Random) -> str:
    """Return street and number."""
    street, number = random.choice(STREETS), random.randint(1, 98)
    return f"{street} {number}" if street == "Rynek" else f"ul. {street} {number}"
