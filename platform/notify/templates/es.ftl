# Un código de un solo uso.
code = { $code } es su código para { $brand }. Vale durante diez minutos. No se lo dé a nadie.
    .subject = Su código para { $brand }: { $code }
    .sms = { $code } es su código para { $brand }. No se lo dé a nadie.

# Al contacto de un webhook que se ha desactivado.
webhook_off = El webhook en { $host } no responde desde hace cinco días y se ha desactivado.

    Lo ocurrido desde entonces no se le ha entregado. Actívelo de nuevo cuando responda.
    .subject = { $brand }: se ha desactivado un webhook
    .sms = { $brand }: el webhook en { $host } no responde y se ha desactivado.

# A quien recibe un papel: el enlace abre la sesión una vez.
invitation = Se le ha invitado a trabajar para { $brand }.

    { $linked ->
        [yes] Inicie sesión con este enlace: { $link }

        Vale una vez, durante siete días. Después, pida un código en la misma página con esta dirección.
       *[no] Pida un código en la página de inicio de sesión con esta dirección.
    }
    .subject = { $brand }: una invitación
    .sms = { $brand } le invita: { $link }
