"""Names of departments and courses, so that a synthetic university reads well."""

SUBJECTS = (
    "Physics Chemistry Mathematics Statistics Botany Zoology Geology Geography "
    "Biochemistry Geophysics Microbiology Biotechnology Psychology Economics History "
    "Sociology Philosophy English Hindi Sanskrit Urdu Bengali Marathi Nepali Telugu "
    "Tamil Pali Arabic Persian German French Russian Chinese Linguistics Journalism "
    "Commerce Management Law Education Music Dance Painting Sculpture Agronomy "
    "Entomology Horticulture Genetics Nutrition Anatomy Physiology Pharmacology "
    "Pathology Ayurveda Metallurgy Ceramics Archaeology Astronomy Informatics"
).split()

COMPOUND = (
    ("Political", "Science"),
    ("Computer", "Science"),
    ("Data", "Science"),
    ("Environmental", "Science"),
    ("Library", "Science"),
    ("Soil", "Science"),
    ("Food", "Technology"),
    ("Home", "Science"),
    ("Social", "Work"),
    ("Public", "Health"),
    ("Physical", "Education"),
    ("Rural", "Development"),
    ("Women's", "Studies"),
    ("Peace", "Studies"),
    ("Museum", "Studies"),
    ("Tourism", "Management"),
    ("Textile", "Design"),
    ("Applied", "Arts"),
    ("Civil", "Engineering"),
    ("Chemical", "Engineering"),
    ("Electrical", "Engineering"),
    ("Electronics", "Engineering"),
    ("Mechanical", "Engineering"),
    ("Mining", "Engineering"),
    ("Pharmaceutical", "Engineering"),
    ("Materials", "Science"),
    ("Plant", "Pathology"),
    ("Animal", "Husbandry"),
    ("Dairy", "Science"),
    ("Extension", "Education"),
    ("Actuarial", "Science"),
    ("Indian", "Languages"),
    ("Vedic", "Studies"),
    ("Buddhist", "Studies"),
    ("Jain", "Studies"),
    ("Ancient History", "and Culture"),
    ("Disaster", "Management"),
    ("Hydrology", "and Water Resources"),
    ("Remote", "Sensing"),
    ("Molecular", "Biology"),
)

LAB_SUBJECTS = {
    "Physics",
    "Chemistry",
    "Botany",
    "Zoology",
    "Geology",
    "Biochemistry",
    "Geophysics",
    "Microbiology",
    "Biotechnology",
    "Psychology",
    "Genetics",
    "Informatics",
    "Computer Science",
    "Data Science",
    "Food Technology",
    "Civil Engineering",
    "Chemical Engineering",
    "Electrical Engineering",
    "Electronics Engineering",
    "Mechanical Engineering",
    "Molecular Biology",
    "Remote Sensing",
    "Textile Design",
    "Agronomy",
    "Anatomy",
    "Physiology",
    "Pharmacology",
}

MAJOR_TITLES = (
    ("Foundations of {}", "{} in Practice"),
    ("Intermediate {}", "Methods of {}"),
    ("Advanced {}", "{}: Theory and Critique", "Seminar in {}"),
)

ELECTIVE_TITLES = {
    "minor": ("Minor in {}", "{} for Other Disciplines", "Perspectives on {}"),
    "multidisciplinary": ("{} and Society", "{} for Everyone", "Exploring {}"),
    "ability": ("Communication through {}", "Reading and Writing in {}"),
    "skill": ("{} Workshop", "Applied Skills in {}", "{} Studio"),
    "value_added": ("Ethics in {}", "Heritage of {}", "{} and Wellbeing"),
}


def department_names(count: int) -> list[str]:
    """``count`` different department names."""
    base = list(SUBJECTS) + [" ".join(parts) for parts in COMPOUND]
    # Interleaved so that a small university too has sciences and humanities.
    base = base[::7] + [name for i, name in enumerate(base) if i % 7]
    names = list(base)
    for prefix in ("Applied", "School of", "Comparative"):
        names += [f"{prefix} {name}" for name in base]
    number = 2
    while len(names) < count:
        names += [f"{name} (Campus {number})" for name in base]
        number += 1
    return names[:count]
