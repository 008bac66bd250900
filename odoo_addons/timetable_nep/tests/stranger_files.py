# ruff: noqa: E501 - lines as the programs write them
"""Files of other programs, made here in their documented formats."""

FET = """<?xml version="1.0" encoding="UTF-8"?>
<fet version="6.9.3">
<Mode>Official</Mode>
<Institution_Name>Hill College</Institution_Name>
<Comments>Default comments</Comments>
<Days_List><Number_of_Days>5</Number_of_Days>
{days}
</Days_List>
<Hours_List><Number_of_Hours>6</Number_of_Hours>
{hours}
</Hours_List>
<Subjects_List>
<Subject><Name>PHY101</Name><Long_Name>Mechanics</Long_Name><Code></Code><Comments></Comments></Subject>
<Subject><Name>HIN1</Name><Long_Name>हिन्दी</Long_Name></Subject>
<Subject><Name>IDLE</Name></Subject>
</Subjects_List>
<Activity_Tags_List></Activity_Tags_List>
<Teachers_List>
<Teacher><Name>AV</Name><Long_Name>Asha Verma</Long_Name><Target_Number_of_Hours>0</Target_Number_of_Hours><Qualified_Subjects></Qualified_Subjects></Teacher>
<Teacher><Name>RN</Name></Teacher>
</Teachers_List>
<Students_List>
<Year><Name>BSc1</Name><Number_of_Students>60</Number_of_Students>
<Group><Name>BSc1 A</Name><Number_of_Students>30</Number_of_Students>
<Subgroup><Name>BSc1 A1</Name><Number_of_Students>15</Number_of_Students></Subgroup>
<Subgroup><Name>BSc1 A2</Name><Number_of_Students>15</Number_of_Students></Subgroup>
</Group>
<Group><Name>BSc1 B</Name><Number_of_Students>30</Number_of_Students></Group>
</Year>
<Year><Name>BA1</Name><Number_of_Students>40</Number_of_Students></Year>
</Students_List>
<Activities_List>
<Activity><Teacher>AV</Teacher><Subject>PHY101</Subject><Students>BSc1</Students><Duration>1</Duration><Total_Duration>3</Total_Duration><Id>1</Id><Activity_Group_Id>1</Activity_Group_Id><Active>true</Active></Activity>
<Activity><Teacher>AV</Teacher><Subject>PHY101</Subject><Students>BSc1</Students><Duration>2</Duration><Total_Duration>3</Total_Duration><Id>2</Id><Activity_Group_Id>1</Activity_Group_Id><Active>true</Active></Activity>
<Activity><Teacher>AV</Teacher><Teacher>RN</Teacher><Subject>PHY101</Subject><Students>BSc1 A1</Students><Duration>2</Duration><Total_Duration>2</Total_Duration><Id>3</Id><Activity_Group_Id>0</Activity_Group_Id><Active>true</Active></Activity>
<Activity><Teacher>RN</Teacher><Subject>HIN1</Subject><Students>BA1</Students><Students>BSc1 B</Students><Duration>1</Duration><Total_Duration>1</Total_Duration><Id>4</Id><Activity_Group_Id>0</Activity_Group_Id><Active>true</Active></Activity>
<Activity><Teacher>RN</Teacher><Subject>HIN1</Subject><Students>BA1</Students><Duration>1</Duration><Total_Duration>1</Total_Duration><Id>5</Id><Activity_Group_Id>0</Activity_Group_Id><Active>false</Active></Activity>
</Activities_List>
<Buildings_List><Building><Name>North</Name></Building></Buildings_List>
<Rooms_List>
<Room><Name>N1</Name><Building>North</Building><Capacity>80</Capacity><Virtual>false</Virtual></Room>
<Room><Name>N2</Name><Building></Building><Capacity>30</Capacity></Room>
<Room><Name>V</Name><Building></Building><Capacity>30</Capacity><Virtual>true</Virtual></Room>
</Rooms_List>
<Time_Constraints_List>
<ConstraintBasicCompulsoryTime><Weight_Percentage>100</Weight_Percentage><Active>true</Active></ConstraintBasicCompulsoryTime>
<ConstraintBreakTimes><Weight_Percentage>100</Weight_Percentage><Number_of_Break_Times>1</Number_of_Break_Times><Break_Time><Day>Friday</Day><Hour>12:00</Hour></Break_Time><Active>true</Active></ConstraintBreakTimes>
<ConstraintTeacherNotAvailableTimes><Weight_Percentage>100</Weight_Percentage><Teacher>AV</Teacher><Number_of_Not_Available_Times>2</Number_of_Not_Available_Times><Not_Available_Time><Day>Monday</Day><Hour>09:00</Hour></Not_Available_Time><Not_Available_Time><Day>Friday</Day><Hour>12:00</Hour></Not_Available_Time><Active>true</Active></ConstraintTeacherNotAvailableTimes>
<ConstraintStudentsSetNotAvailableTimes><Weight_Percentage>100</Weight_Percentage><Students>BA1</Students><Number_of_Not_Available_Times>1</Number_of_Not_Available_Times><Not_Available_Time><Day>Tuesday</Day><Hour>10:00</Hour></Not_Available_Time><Active>true</Active></ConstraintStudentsSetNotAvailableTimes>
<ConstraintMinDaysBetweenActivities><Weight_Percentage>95</Weight_Percentage><Consecutive_If_Same_Day>true</Consecutive_If_Same_Day><Number_of_Activities>2</Number_of_Activities><Activity_Id>1</Activity_Id><Activity_Id>2</Activity_Id><MinDays>1</MinDays><Active>true</Active></ConstraintMinDaysBetweenActivities>
<ConstraintActivityPreferredStartingTime><Weight_Percentage>100</Weight_Percentage><Activity_Id>4</Activity_Id><Preferred_Day>Wednesday</Preferred_Day><Preferred_Hour>11:00</Preferred_Hour><Permanently_Locked>true</Permanently_Locked><Active>true</Active></ConstraintActivityPreferredStartingTime>
<ConstraintActivitiesNotOverlapping><Weight_Percentage>100</Weight_Percentage><Number_of_Activities>2</Number_of_Activities><Activity_Id>3</Activity_Id><Activity_Id>4</Activity_Id><Active>true</Active></ConstraintActivitiesNotOverlapping>
<ConstraintTeachersMaxHoursDaily><Weight_Percentage>100</Weight_Percentage><Maximum_Hours_Daily>4</Maximum_Hours_Daily><Active>true</Active></ConstraintTeachersMaxHoursDaily>
<ConstraintTeachersMaxGapsPerWeek><Weight_Percentage>100</Weight_Percentage><Max_Gaps>3</Max_Gaps><Active>true</Active></ConstraintTeachersMaxGapsPerWeek>
</Time_Constraints_List>
<Space_Constraints_List>
<ConstraintBasicCompulsorySpace><Weight_Percentage>100</Weight_Percentage><Active>true</Active></ConstraintBasicCompulsorySpace>
<ConstraintActivityPreferredRoom><Weight_Percentage>100</Weight_Percentage><Activity_Id>4</Activity_Id><Room>N1</Room><Permanently_Locked>true</Permanently_Locked><Active>true</Active></ConstraintActivityPreferredRoom>
<ConstraintRoomNotAvailableTimes><Weight_Percentage>100</Weight_Percentage><Room>N2</Room><Number_of_Not_Available_Times>1</Number_of_Not_Available_Times><Not_Available_Time><Day>Monday</Day><Hour>14:00</Hour></Not_Available_Time><Active>true</Active></ConstraintRoomNotAvailableTimes>
</Space_Constraints_List>
</fet>
""".format(
    days="\n".join(
        f"<Day><Name>{day}</Name></Day>"
        for day in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
    ),
    hours="\n".join(
        f"<Hour><Name>{hour:02d}:00</Name></Hour>" for hour in range(9, 15)
    ),
)

ASC = """<?xml version="1.0" encoding="windows-1252"?>
<timetable importtype="database" options="idprefix:MyApp" displayname="aSc Timetables 2012 XML" schoolname="Vall\u00e9e">
<periods options="canadd,export:silent" columns="period,name,short,starttime,endtime">
<period name="1" short="1" period="1" starttime="8:00" endtime="8:45"/>
<period name="2" short="2" period="2" starttime="8:55" endtime="9:40"/>
<period name="3" short="3" period="3" starttime="10:00" endtime="10:45"/>
</periods>
<daysdefs options="canadd,export:silent" columns="id,days,name,short">
<daysdef id="D1" name="Any day" short="X" days="10000,01000,00100,00010,00001"/>
<daysdef id="D2" name="Monday" short="Mo" days="10000"/>
</daysdefs>
<subjects columns="id,name,short,partner_id"><subject id="S1" name="Mathematics" short="Ma"/><subject id="S2" name="French" short="Fr"/></subjects>
<teachers columns="id,firstname,lastname,name,short,gender,color,email,mobile,partner_id">
<teacher id="T1" firstname="Ana" lastname="B\u00e9ri" name="Ana B\u00e9ri" short="AB" gender="F"/>
<teacher id="T2" name="Otto Kahn" short="OK" gender="M"/>
</teachers>
<classrooms columns="id,name,short,capacity"><classroom id="R1" name="Room 1" short="R1" capacity="32"/><classroom id="R2" name="Gym" short="Gym" capacity="*"/></classrooms>
<classes columns="id,name,short,teacherid,classroomids,grade"><class id="C1" name="5A" short="5A" teacherid="T1"/><class id="C2" name="5B" short="5B" teacherid=""/></classes>
<groups columns="id,classid,name,entireclass,divisiontag,studentcount">
<group id="G1" classid="C1" name="Entire class" entireclass="1" divisiontag="0" studentcount="28"/>
<group id="G2" classid="C1" name="Group 1" entireclass="0" divisiontag="1" studentcount="14"/>
<group id="G3" classid="C1" name="Group 2" entireclass="0" divisiontag="1" studentcount="14"/>
<group id="G4" classid="C2" name="Entire class" entireclass="1" divisiontag="0" studentcount="25"/>
</groups>
<lessons columns="id,classids,subjectid,periodspercard,periodsperweek,teacherids,classroomids,groupids">
<lesson id="L1" classids="C1" subjectid="S1" periodspercard="1" periodsperweek="2.0" teacherids="T1" classroomids="R1" groupids="G1"/>
<lesson id="L2" classids="C1" subjectid="S2" periodspercard="1" periodsperweek="1.0" teacherids="T2" classroomids="" groupids="G2"/>
<lesson id="L3" classids="C1" subjectid="S2" periodspercard="1" periodsperweek="1.0" teacherids="T1" classroomids="" groupids="G3"/>
<lesson id="L4" classids="C2" subjectid="S1" periodspercard="2" periodsperweek="2.0" teacherids="T2" classroomids="R2" groupids="G4"/>
</lessons>
<cards columns="lessonid,period,days,weeks,terms,classroomids">
<card lessonid="L1" classroomids="R1" period="1" days="10000" weeks="1" terms="1"/>
<card lessonid="L1" classroomids="R1" period="2" days="01000" weeks="1" terms="1"/>
<card lessonid="L4" classroomids="R2" period="1" days="00100" weeks="1" terms="1"/>
</cards>
</timetable>
"""
