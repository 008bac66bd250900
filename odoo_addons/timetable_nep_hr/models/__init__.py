from . import hr_department, hr_employee, timetable_department, timetable_faculty
