"""Invented names, for universities whose data came without people.

Any likeness to a person is chance: a name is made from the row's number alone.
"""

GIVEN = """
Aarav Aditi Ananya Anil Arjun Asha Bhavna Chandra Deepa Dev Divya Esha Farah
Gaurav Gita Harsh Imran Isha Jaya Kabir Kavya Kiran Lakshmi Lata Manoj Meera
Mohan Naina Neha Nikhil Nisha Omkar Pooja Pranav Priya Rahul Rajni Ravi Rekha
Rohan Sana Sarita Shalini Shivam Sneha Sunil Tara Tarun Uma Usha Varun Vidya
Vikram Vinita Yamini Yash Zara Zubin
""".split()  # noqa: SIM905
FAMILY = """
Agrawal Ahmed Bhatt Bose Chatterjee Chauhan Das Desai Dubey Dwivedi Gandhi Ghosh
Gupta Iyer Jain Joshi Kapoor Khan Kulkarni Kumar Mehta Menon Mishra Mukherjee
Nair Pandey Patel Pathak Pillai Prasad Rao Rathore Reddy Roy Saxena Sen Shah
Sharma Shukla Singh Sinha Srivastava Thakur Tiwari Trivedi Upadhyay Varma Verma
Yadav
""".split()  # noqa: SIM905


def invented_name(number, title=""):
    """The same number gives the same name; neighbours differ in both parts."""
    given = GIVEN[(number * 7) % len(GIVEN)]
    family = FAMILY[(number * 11 + number // len(GIVEN)) % len(FAMILY)]
    return f"{title} {given} {family}".strip()
