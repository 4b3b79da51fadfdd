# Al final de cada mensaje sobre una solicitud.
footer = { $linked ->
        [yes] Su estado: { $link }

        No recibir más mensajes sobre esta solicitud: { $leave }
       *[no] Su número es { $number }.
    }

# A quien ha comunicado algo: ha llegado.
acknowledged = Gracias. Hemos recibido su aviso ({ $category }). Su número de seguimiento es { $number }.

    { footer }
    .subject = { $brand }: su aviso { $number }
    .sms = { $brand }: hemos recibido su aviso ({ $category }). Número de seguimiento { $number }. { $link }
    .title = Hemos recibido su aviso

# Ha cambiado de estado.
changed = La solicitud { $number } ({ $category }) está ahora { $status ->
        [open] abierta
        [in_progress] en curso
        [under_review] en revisión
        [pending_external] a la espera de alguien ajeno al municipio
       *[other] cambiada
    }.

    { $text }

    { footer }
    .subject = { $brand }: la solicitud { $number } ha cambiado
    .sms = { $brand }: la solicitud { $number } está ahora { $status ->
        [open] abierta
        [in_progress] en curso
        [under_review] en revisión
        [pending_external] a la espera de otros
       *[other] cambiada
    }. { $text }
    .title = Su solicitud ha cambiado

# El municipio ha respondido en público.
answered = El municipio ha respondido sobre la solicitud { $number } ({ $category }):

    { $text }

    { footer }
    .subject = { $brand }: respuesta sobre la solicitud { $number }
    .sms = { $brand }: sobre la solicitud { $number }: { $text }
    .title = El municipio ha respondido

# Está hecho, o no se hará.
closed = La solicitud { $number } ({ $category }) está { $status ->
        [resolved] resuelta
       *[other] cerrada
    }.

    { $text }

    Si no está hecho, puede reabrirla durante un tiempo.

    { footer }
    .subject = { $brand }: la solicitud { $number } está { $status ->
        [resolved] resuelta
       *[other] cerrada
    }
    .sms = { $brand }: la solicitud { $number } está { $status ->
        [resolved] resuelta
       *[other] cerrada
    }. { $text }
    .title = Su solicitud está cerrada

# Alguien ha visto que no estaba hecho.
reopened = La solicitud { $number } ({ $category }) se ha reabierto.

    { $text }

    { footer }
    .subject = { $brand }: la solicitud { $number } está abierta de nuevo
    .sms = { $brand }: la solicitud { $number } está abierta de nuevo. { $text }
    .title = Su solicitud está abierta de nuevo

# Es un duplicado de otra.
merged = La solicitud { $number } ({ $category }) trata de lo mismo que la solicitud { $other }. Lo que ocurra desde ahora se cuenta allí.

    { $text }

    { footer }
    .subject = { $brand }: la solicitud { $number } sigue como { $other }
    .sms = { $brand }: la solicitud { $number } sigue como { $other }. { $text }
    .title = Su solicitud se ha unido a otra

# Al final no era un duplicado.
unmerged = La solicitud { $number } ({ $category }) se atiende de nuevo por separado.

    { $text }

    { footer }
    .subject = { $brand }: la solicitud { $number } vuelve a ir por separado
    .sms = { $brand }: la solicitud { $number } vuelve a ir por separado. { $text }
    .title = Su solicitud vuelve a ir por separado

# A una dirección para la que alguien pidió mensajes: ¿los quiere su titular?
confirm = Alguien pidió que se le informe de lo que pase con la solicitud { $number } ({ $category }).

    { $linked ->
        [yes] Si fue usted, confírmelo aquí: { $confirm }
       *[no] Ahora no se puede responder, porque este servidor no tiene dirección pública.
    }

    Si no fue usted, no haga nada: no se enviará nada más y esta dirección se olvida a los tres días.
    .subject = { $brand }: ¿quiere mensajes sobre la solicitud { $number }?
    .sms = { $brand }: ¿mensajes sobre la solicitud { $number }? Si los pidió, confírmelo: { $confirm }
    .title = ¿Quiere estos mensajes?

# Para el personal: un plazo se acerca o ha vencido.
deadline = La solicitud { $number } ({ $category }) { $when ->
        [before] debe resolverse antes del { $due }
       *[after] debía resolverse antes del { $due }
    }.

    { $linked ->
        [yes] Ábrala: { $link }
       *[no] { $number }
    }
    .subject = { $brand }: el plazo de la solicitud { $number }
    .sms = { $brand }: plazo de la solicitud { $number }: { $due }
    .title = Un plazo
