"""The states of the Republic, written as the catalogue of cities writes them: a claim binds its people to one."""

MEXICAN_STATES = [
    *("Aguascalientes", "Baja California", "Baja California Sur", "Campeche", "Chiapas", "Chihuahua"),
    *("Ciudad de México", "Coahuila", "Colima", "Durango", "Estado de México", "Guanajuato", "Guerrero"),
    *("Hidalgo", "Jalisco", "Michoacán", "Morelos", "Nayarit", "Nuevo León", "Oaxaca", "Puebla", "Querétaro"),
    *("Quintana Roo", "San Luis Potosí", "Sinaloa", "Sonora", "Tabasco", "Tamaulipas", "Tlaxcala"),
    *("Veracruz", "Yucatán", "Zacatecas"),
]
