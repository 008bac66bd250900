import { _t } from "@web/core/l10n/translation";

/** Short marks of the NEP 2020 course categories: colour is never the only sign. */
export const CATEGORY_MARKS = {
    major: _t("MAJ"),
    minor: _t("MIN"),
    multidisciplinary: _t("MDC"),
    ability: _t("AEC"),
    skill: _t("SEC"),
    value_added: _t("VAC"),
    internship: _t("INT"),
    research: _t("RES"),
    other: _t("OTH"),
};

export const VIEWS = [
    { key: "batch", label: _t("Batch"), icon: "fa-users" },
    { key: "class", label: _t("Class"), icon: "fa-graduation-cap" },
    { key: "faculty", label: _t("Faculty"), icon: "fa-user" },
    { key: "room", label: _t("Room"), icon: "fa-building-o" },
    { key: "student", label: _t("Student"), icon: "fa-address-card-o" },
    { key: "department", label: _t("Department"), icon: "fa-sitemap" },
];
